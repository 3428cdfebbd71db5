//! What can go wrong between a function and what it keeps.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;

/// Errors of this room. None of them carries what was stored.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody else changed it first: load and decide again.
    #[error("somebody else changed it at the same time; please try again")]
    Conflict,
    /// The service did not answer, or refused; `code` is AWS's.
    #[error("{operation} failed: {code}")]
    Unavailable { operation: &'static str, code: String },
    /// What is stored is not what this version writes.
    #[error("{what} is stored in a form that this version does not know")]
    Unreadable { what: &'static str },
}

/// Keeps AWS's error code; its message may quote what was sent, and is left out.
pub(crate) fn unavailable<E, R>(
    operation: &'static str,
) -> impl FnOnce(aws_sdk_dynamodb::error::SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata,
{
    move |error| {
        let code = match &error {
            aws_sdk_dynamodb::error::SdkError::ServiceError(service) => {
                service.err().code().unwrap_or("unknown error").to_owned()
            }
            aws_sdk_dynamodb::error::SdkError::TimeoutError(_) => "no answer in time".to_owned(),
            aws_sdk_dynamodb::error::SdkError::DispatchFailure(_) => "not reachable".to_owned(),
            aws_sdk_dynamodb::error::SdkError::ConstructionFailure(_) => "the request could not be made".to_owned(),
            _ => "the answer could not be read".to_owned(),
        };
        Failure::Unavailable { operation, code }
    }
}
