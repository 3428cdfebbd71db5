//! Enquiries (rules Z5, Z6): a customer's wish that only the business contact can meet.

use contract::{EnquiryId, Invalid, Message};
use store::{Enquiry, Page, Topic};
use web::{EnquiryView, Fields, PageView, Problem, Request, Response};

use crate::App;

fn view(enquiry: &Enquiry) -> EnquiryView {
    EnquiryView {
        id: enquiry.id.to_string(),
        topic: match enquiry.topic {
            Topic::NonStandardTerms => "non_standard_terms",
            Topic::ChangeSigned => "change_signed",
            Topic::Other => "other",
        },
        message: enquiry.message.as_str().to_owned(),
        created_at: enquiry.created_at.to_string(),
        contact: None,
        customer_id: None,
        subject_name: None,
    }
}

pub(crate) async fn record(app: &App, request: &Request) -> Result<Response, Problem> {
    let caller = web::customer(request)?;
    let (body, _) = web::json_body(request)?;
    let mut fields = Fields::of(&body);
    let topic = fields.text("topic", |text| match text {
        "non_standard_terms" => Ok(Topic::NonStandardTerms),
        "change_signed" => Ok(Topic::ChangeSigned),
        "other" => Ok(Topic::Other),
        _ => Err(Invalid::UnknownValue),
    });
    let message = fields.text("message", Message::parse);
    let (topic, message) = fields.finish(topic.zip(message))?;
    let now = (app.clock)();
    let identity = app.table.identity(&caller.customer).await?;
    let enquiry = Enquiry {
        id: EnquiryId::new(now, (app.random)()),
        customer: caller.customer,
        subject_name: identity.and_then(|identity| identity.subject).map(|subject| subject.name.into()),
        topic,
        message,
        created_at: now,
    };
    app.table.record_enquiry(&enquiry).await?;
    Ok(web::created(&EnquiryView { contact: Some(app.contact.clone()), ..view(&enquiry) }))
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Response, Problem> {
    web::staff(request)?;
    let cursor = web::cursor(request, Page::<()>::cursor)?;
    let page = app.table.enquiries(cursor.as_deref()).await?;
    let staff_view = |enquiry: &Enquiry| EnquiryView {
        customer_id: Some(enquiry.customer.to_string()),
        subject_name: enquiry.subject_name.clone(),
        ..view(enquiry)
    };
    Ok(web::ok(&PageView { items: page.items.iter().map(staff_view).collect(), cursor: page.cursor }))
}
