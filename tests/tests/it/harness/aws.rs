//! The embedded AWS services under a stack: calls that fail, and what is left in the queues.

use super::World;
use serde_json::{Value, json};
use std::sync::Arc;
use stores::{Action, RequestInfo};

impl World {
    /// Decides from now on what becomes of the functions' calls of AWS.
    pub fn aws(&self, decide: impl Fn(&RequestInfo<'_>) -> Action + Send + Sync + 'static) {
        self.stack().stores().on_request(Some(Arc::new(decide)));
    }

    /// Refuses every call of one operation from now on, as AWS does when it is overloaded.
    pub fn aws_refuses(&self, operation: &'static str) {
        self.aws(move |request| {
            if request.operation == operation {
                Action::FailBefore(503, "ServiceUnavailable".to_owned())
            } else {
                Action::Pass
            }
        });
    }

    /// Lets all calls pass again.
    pub fn aws_is_well(&self) {
        self.stack().stores().on_request(None);
    }

    /// How many messages each queue holds, those that somebody is working on included.
    pub async fn messages(&self) -> Vec<(String, u64)> {
        let queues = self.sqs("ListQueues", &json!({})).await;
        let urls = queues["QueueUrls"].as_array().cloned().unwrap_or_default();
        assert!(urls.len() >= 4, "two queues, each with its dead letters: {queues}");
        let mut found = Vec::new();
        for url in urls {
            let asked = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
            let attributes = self.sqs("GetQueueAttributes", &asked).await["Attributes"].take();
            let count = |name: &str| {
                let text = attributes[name].as_str().unwrap_or_else(|| panic!("no {name} in {attributes}"));
                text.parse::<u64>().unwrap()
            };
            let all = count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible");
            let name = url.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
            found.push((name, all));
        }
        found
    }

    async fn sqs(&self, operation: &str, body: &Value) -> Value {
        // The embedded SQS reads the service's name from the signature, and does not check it.
        let signature = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request";
        let mut api = self.anybody().with("authorization", signature);
        api = api.with("x-amz-target", &format!("AmazonSQS.{operation}"));
        api.base_url = self.stack().aws_url();
        api.post("/", body).await.is(200)
    }
}
