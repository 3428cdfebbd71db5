//! What problem documents say, in Chinese and in English.

use contract::{Invalid, Language};

/// Title and detail of a problem.
pub(crate) fn of_problem(code: &str, language: Language) -> (&'static str, &'static str) {
    let (zh_title, zh, en_title, en) = match code {
        "unverified" => (
            "未完成实名认证",
            "请先完成实名认证，再申请电子合同。",
            "Not verified",
            "Verify your identity first; then you can apply for an electronic contract.",
        ),
        "contract_open" => (
            "已有进行中的合同",
            "该主体已有一份进行中的合同，请先完成或撤销。",
            "A contract is in progress",
            "There is already a contract in progress for this subject. Finish or revoke it first.",
        ),
        "contract_signed" => (
            "已签署电子合同",
            "该主体已签署电子合同，不支持再次申请、更改或作废。如需变更，请联系商务。",
            "Already signed",
            "This subject has signed. A signed contract cannot be applied for again, changed or voided here. For changes please contact us.",
        ),
        "signed_on_paper" => (
            "已签署纸质合同",
            "该主体已签署纸质合同，无需再签署电子合同。",
            "Signed on paper",
            "This subject has signed on paper and needs no electronic contract.",
        ),
        "wrong_state" => (
            "当前状态不支持该操作",
            "合同当前所处的状态不支持该操作，请刷新后查看可进行的操作。",
            "Not possible in this state",
            "The contract's state does not allow this. Reload it to see what is possible now.",
        ),
        "stale_revision" => (
            "信息已被更新",
            "信息在您读取之后已被更新，请刷新后再提交。",
            "Changed meanwhile",
            "This was changed after you read it. Reload it and submit again.",
        ),
        "draft_changed" => (
            "合同草稿已更新",
            "您预览的合同草稿已更新，请重新预览后再确认。",
            "The draft has changed",
            "The draft has changed since it was shown to you. Look at it again, then confirm.",
        ),
        "document_broken" => (
            "文件不成立，不能认可",
            "该文件未通过校验，任何人都不能认可。可在签署平台处理后重新获取；若要关闭合同，须由两位工作人员先后确认。",
            "The document does not hold",
            "This document does not hold, and nobody can accept it. It can be fetched once more after the signing service has put it right; closing the contract takes two members of staff.",
        ),
        "second_person_required" => (
            "须由另一位工作人员确认",
            "关闭该合同的请求由您提出，须由另一位工作人员确认后才会关闭；在此之前合同保持不变。",
            "A second person has to agree",
            "You asked to close this contract. It is closed once another member of staff agrees; until then it stays as it is.",
        ),
        "reference_taken" => (
            "合同编号已被使用",
            "该纸质合同编号已登记了其他内容，请核对。",
            "Reference in use",
            "This reference is registered with other content. Please check it.",
        ),
        "invalid_fields" => (
            "信息填写有误",
            "部分信息未填写或不符合要求，请按提示修改。",
            "Some fields are not valid",
            "Some fields are missing or not valid; each is named with its reason.",
        ),
        "identity_mismatch" => (
            "手机号码与身份信息不匹配",
            "手机号码与身份信息不匹配，未发起签署。",
            "Identity mismatch",
            "The mobile number does not match the identity. Nothing was started.",
        ),
        "idempotency_key_reused" => (
            "重复使用了幂等键",
            "该 Idempotency-Key 已用于另一份内容，请更换后再提交。",
            "Idempotency-Key reused",
            "This Idempotency-Key was used with another body. Submit again with a new key.",
        ),
        "too_many_checks" => (
            "身份核验次数过多",
            "该主体一小时内的身份核验次数已达上限，请稍后再试。",
            "Too many identity checks",
            "The identity checks of this hour are used up for this subject. Try again later.",
        ),
        "provider_unavailable" => (
            "签署平台暂时不可用",
            "签署平台暂时没有响应，您的信息已保留，请稍后再试。",
            "The signing service is away",
            "The signing service does not answer at the moment. Nothing is lost; try again shortly.",
        ),
        "not_found" => {
            ("未找到", "没有找到您要的内容，或它不属于您。", "Not found", "There is no such thing, or it is not yours.")
        }
        "forbidden" => ("没有权限", "您的登录凭证不允许进行该操作。", "Forbidden", "Your token does not allow this."),
        "forged_callback" => (
            "回调校验未通过",
            "回调未通过签名校验，未作处理。",
            "Not a genuine callback",
            "The callback's signature does not verify. Nothing was done.",
        ),
        "too_large" => ("内容过大", "提交的内容不得超过 64 KiB。", "Too large", "A body may have 64 KiB at most."),
        "unsupported_media_type" => (
            "内容类型不支持",
            "请以 application/json 提交。",
            "Unsupported media type",
            "Send the body as application/json.",
        ),
        "malformed_json" => {
            ("不是有效的 JSON", "提交的内容不是有效的 JSON。", "Not JSON", "The body is not valid JSON.")
        }
        _ => (
            "系统内部错误",
            "系统出现内部错误，本次操作未完成，请稍后重试；如持续出现，请联系商务。",
            "Internal error",
            "Something went wrong here and this was not done. Try again shortly; if it goes on, please contact us.",
        ),
    };
    (language.pick(zh_title, en_title), language.pick(zh, en))
}

/// What is wrong with a field.
pub(crate) fn of_field(invalid: &Invalid, language: Language) -> String {
    let pick = |zh: &str, en: &str| language.pick(zh, en).to_owned();
    match invalid {
        Invalid::Required => pick("请填写此项。", "This is required."),
        Invalid::WrongType => pick("此项的数据类型不正确。", "This has the wrong JSON type."),
        Invalid::UnknownField => pick("不支持此项，请删除。", "There is no such field; leave it out."),
        Invalid::TooLong { most } => match language {
            Language::ZhCn => format!("最多 {most} 个字符。"),
            Language::En => format!("{most} characters at most."),
        },
        Invalid::TooShort { least } => match language {
            Language::ZhCn => format!("至少 {least} 个字符。"),
            Language::En => format!("{least} characters at least."),
        },
        Invalid::ControlCharacter => {
            pick("不能包含换行等控制字符。", "It must not hold control characters such as line breaks.")
        }
        Invalid::InvisibleCharacter { code_point } => match language {
            Language::ZhCn => format!("包含不可见字符（U+{code_point:04X}），请重新输入。"),
            Language::En => format!("It holds a character that cannot be seen (U+{code_point:04X}); type it again."),
        },
        Invalid::Unprintable { character } => match language {
            Language::ZhCn => format!("合同字体无法显示字符“{character}”（U+{:04X}），请更换。", u32::from(*character)),
            Language::En => format!(
                "The agreement's fonts cannot print “{character}” (U+{:04X}); use another one.",
                u32::from(*character)
            ),
        },
        Invalid::BadFormat => pick("格式不正确。", "This does not have the form that is expected."),
        Invalid::BadChecksum => {
            pick("校验位不正确，请核对号码。", "The check digit does not fit; look at the number again.")
        }
        Invalid::UnknownValue => pick("不是可选的值。", "This is not one of the possible values."),
        Invalid::NotAllowed => {
            pick("该签署类型不需要此项，请删除。", "This signing type does not take this; leave it out.")
        }
        Invalid::NotSubjectName => {
            pick("发票抬头须与已认证的主体名称一致。", "It must be the verified subject's name.")
        }
        Invalid::InFuture => pick("不能是将来的时间。", "It must not lie in the future."),
    }
}
