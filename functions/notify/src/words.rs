//! What the mails say, in Chinese and in English, plainly: what happened, what follows, what to do.

use contract::{Contract, Outcome, ReviewReason, State};
use store::{Enquiry, Paper, Topic};
use web::Contact;

/// What all mails name of the vendor.
pub struct House {
    pub vendor: String,
    pub contact: Contact,
    pub console: String,
}

/// A mail's subject and text.
#[derive(Debug)]
pub struct Letter {
    pub to_staff: bool,
    pub subject: String,
    pub text: String,
}

/// The mail for what happened to a contract; `None` where nobody is written to.
pub fn of_contract(house: &House, contract: &Contract, kind: &str) -> Option<Letter> {
    let number = contract.number.as_str();
    let (title_zh, title_en, zh, en) = match kind {
        "signed" => (
            "合同已签署",
            "Contract signed",
            "双方已完成签署，合同已生效。您可以在控制台查看和下载已签署的合同。",
            "Both parties have signed and the contract is in force. You can view and download the signed contract in the console.",
        ),
        "revoked" => (
            "合同已撤销",
            "Contract revoked",
            "合同在签署完成前已撤销，未产生法律效力。能否重新申请电子合同，请在控制台查看。",
            "The contract was revoked before it was signed and has no legal effect. The console shows whether you can apply for a new one.",
        ),
        "sign_won" => (
            "撤销未成功，签署已完成",
            "Not revoked: signing was completed first",
            "撤销前签署已完成，合同未能撤销。签署文件核验无误后合同即生效，届时会再发邮件通知您。如需变更，请联系商务。",
            "Signing was completed before the revocation, so the contract was not revoked. It is in force once the signed file has been verified; another mail will tell you. For changes please contact us.",
        ),
        "declined" => (
            "合同已拒签",
            "Contract declined",
            "签署人拒绝签署，合同未产生法律效力。您可以重新申请电子合同。",
            "The signer declined to sign, and the contract has no legal effect. You can apply for a new one.",
        ),
        "expired" => (
            "合同已过期",
            "Contract expired",
            "合同未在签署期限内完成签署，未产生法律效力。您可以重新申请电子合同。",
            "The contract was not signed in time and has no legal effect. You can apply for a new one.",
        ),
        "closed" => (
            "合同已关闭",
            "Contract closed",
            "经人工核实，该合同申请已关闭。如有疑问，请联系商务。",
            "After a review by our staff, this contract was closed. If you have questions, please contact us.",
        ),
        "held_for_review" => return Some(held(house, contract)),
        _ => return None,
    };
    // Who issued the certificates is part of whether a contract is signed.
    let unchecked = matches!(contract.state, State::Signed { chain_checked: false, .. }) && kind == "signed";
    let (zh_more, en_more) = if unchecked {
        (
            "签名有效、内容未被更改；签名证书由谁签发未经核验。\n",
            "The signatures are valid and nothing was changed. Who issued the signers' certificates was not checked.\n",
        )
    } else {
        ("", "")
    };
    let name = contract.subject.name.as_str();
    let House { vendor, contact, console } = house;
    let text = format!(
        "{name}：\n\n合同编号：{number}\n{zh}\n{zh_more}控制台：{console}\n商务联系人：{}，{}，{}\n\n{vendor}\n\n----\n\n\
         {name},\n\nContract number: {number}\n{en}\n{en_more}Console: {console}\nBusiness contact: {}, {}, {}\n\n{vendor}\n",
        contact.name, contact.email, contact.phone, contact.name, contact.email, contact.phone
    );
    Some(Letter { to_staff: false, subject: format!("{title_zh} {number} / {title_en}"), text })
}

fn held(house: &House, contract: &Contract) -> Letter {
    let number = contract.number.as_str();
    let (zh, en) = match contract.review {
        Some(ReviewReason::SignerMismatch) => ("签署人与合同主体不一致。", "The signer is not the contract's subject."),
        Some(ReviewReason::DocumentMismatch)
            if contract.held.as_ref().is_some_and(|held| held.outcome == Outcome::Unjudged) =>
        {
            (
                "签署文件未发现问题，但有系统无法判断之处。",
                "Nothing in the signed file is broken, but something about it cannot be judged here.",
            )
        }
        Some(ReviewReason::DocumentMismatch) => (
            "签署文件未通过校验：签名或已确认的合同内容不一致。该文件不能认可；关闭须由两位同事确认。",
            "The signed file does not hold: a signature or the confirmed content is broken. It cannot be accepted; closing takes two colleagues.",
        ),
        Some(ReviewReason::StartRefused) => (
            "签署平台拒绝发起签署（额度不足或已过期）。",
            "The signing service refuses to start the flow (no quota, or expired).",
        ),
        Some(ReviewReason::FlowUnknown) => (
            "签署平台查不到该签署流程，或前后答复矛盾。",
            "The signing service does not know the flow, or contradicts itself.",
        ),
        Some(ReviewReason::CompletedAfterEnd) => (
            "合同在本系统已结束，但签署平台显示已完成签署。",
            "The contract had ended here, but the signing service has it as completed.",
        ),
        None => ("合同曾被挂起，现已处理。", "The contract was held and has been dealt with since."),
    };
    Letter {
        to_staff: true,
        subject: format!("合同待人工核实 {number} / Contract held for review"),
        text: format!(
            "合同编号：{number}\n{zh}\n请在控制台核实后作出决定。\n控制台：{console}\n\n----\n\n\
             Contract number: {number}\n{en}\nPlease look into it and decide in the console.\nConsole: {console}\n",
            console = house.console
        ),
    }
}

/// The mail that carries an enquiry to staff.
pub fn of_enquiry(house: &House, enquiry: &Enquiry) -> Letter {
    let (zh, en) = match enquiry.topic {
        Topic::NonStandardTerms => ("希望签署非标准条款", "wants other than the standard terms"),
        Topic::ChangeSigned => ("希望变更已签署的合同", "wants to change a signed contract"),
        Topic::Other => ("其他咨询", "has another question"),
    };
    let customer = &enquiry.customer;
    let (name_zh, name_en) = enquiry.subject_name.as_deref().map_or(("未实名", "not verified"), |name| (name, name));
    Letter {
        to_staff: true,
        subject: format!("客户咨询：{zh} / Enquiry {}", enquiry.id),
        text: format!(
            "客户账号：{customer}\n客户主体：{name_zh}\n事由：{zh}，客户留言见文末，请尽快联系客户。\n控制台：{console}\n\n----\n\n\
             Account: {customer}\nSubject: {name_en}\nThe customer {en}; the message is at the end. Please get in touch soon.\nConsole: {console}\n\n----\n\n{message}\n",
            console = house.console,
            message = enquiry.message.as_str()
        ),
    }
}

/// The mail that tells staff that a paper contract could not be registered after all.
pub fn of_paper(house: &House, paper: &Paper) -> Letter {
    let (reference, console) = (&paper.reference, &house.console);
    let subject = paper.subject.name.as_str();
    Letter {
        to_staff: true,
        subject: format!("纸质合同登记被拒绝 {reference} / Paper contract refused"),
        text: format!(
            "纸质合同：{reference}\n客户主体：{subject}\n电子合同在撤销前已完成签署，纸质合同未能登记，请与客户确认以哪一份为准。\n控制台：{console}\n\n----\n\n\
             Paper contract: {reference}\nSubject: {subject}\nThe electronic contract was signed before it could be revoked, so the paper contract was not registered. \
             Please agree with the customer which one stands.\nConsole: {console}\n"
        ),
    }
}
