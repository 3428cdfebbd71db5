//! The signers and their fields in a request to create a flow (Open API V3, `create-by-file`, `signers`).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::creation::{NoticeRequest, ensure, notices};
use crate::files::File;
use crate::flow::{Doc, Field, Organisation, Person, Signer, SignerStatus};
use crate::house::House;
use crate::identity::{is_credit_code, is_id_card, is_mail, is_mobile};
use crate::lenient;
use crate::pdf::Page;
use crate::state::new_id;
use crate::wire::Refusal;

/// A round company seal of 40 mm, and a square name seal of 20 mm, in points.
const ORGANISATION_SEAL: f64 = 113.4;
const PERSON_SEAL: f64 = 56.7;

/// The longest name a certificate can hold (X.520), in characters.
pub(crate) const LONGEST_NAME: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignerRequest {
    #[serde(default, deserialize_with = "lenient::integer")]
    signer_type: Option<i64>,
    sign_config: Option<SignConfig>,
    notice_config: Option<NoticeRequest>,
    psn_signer_info: Option<PersonRequest>,
    org_signer_info: Option<OrganisationRequest>,
    sign_fields: Option<Vec<FieldRequest>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignConfig {
    #[serde(default, deserialize_with = "lenient::integer")]
    sign_order: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    forced_reading_time: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonRequest {
    psn_account: Option<String>,
    psn_id: Option<String>,
    psn_info: Option<PersonInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonInfo {
    psn_name: Option<String>,
    #[serde(rename = "psnIDCardNum")]
    number: Option<String>,
    #[serde(rename = "psnIDCardType")]
    number_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganisationRequest {
    org_id: Option<String>,
    org_name: Option<String>,
    org_info: Option<OrganisationInfo>,
    transactor_info: Option<PersonRequest>,
}

#[derive(Deserialize)]
struct OrganisationInfo {
    #[serde(rename = "orgIDCardNum")]
    number: Option<String>,
    #[serde(rename = "orgIDCardType")]
    number_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldRequest {
    file_id: Option<String>,
    custom_biz_num: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    sign_field_type: Option<i64>,
    normal_sign_field_config: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SealConfig {
    free_mode: Option<bool>,
    auto_sign: Option<bool>,
    movable_sign_field: Option<bool>,
    psn_seal_styles: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    sign_field_style: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    sign_field_width: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    sign_field_height: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    sign_field_size: Option<f64>,
    sign_field_position: Option<Position>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Position {
    #[serde(default, deserialize_with = "lenient::text")]
    position_page: Option<String>,
    position_x: Option<f64>,
    position_y: Option<f64>,
}

/// One signer, checked against the flow's documents.
pub(crate) fn signer(house: &House, files: &[(Doc, File)], asked: SignerRequest) -> Result<Signer, Refusal> {
    ensure(matches!(asked.signer_type, Some(0 | 1)), "signerType取值不正确")?;
    let is_organisation = asked.signer_type == Some(1);
    notices(asked.notice_config.as_ref())?;
    let order = asked.sign_config.as_ref().and_then(|config| config.sign_order).unwrap_or(1);
    ensure((1..=255).contains(&order), "signOrder应在1至255之间")?;
    let reading = asked.sign_config.as_ref().and_then(|config| config.forced_reading_time).unwrap_or(0);
    ensure((0..=999).contains(&reading), "forcedReadingTime应在0至999之间")?;

    let asked_fields = asked.sign_fields.unwrap_or_default();
    ensure(!asked_fields.is_empty(), "signFields不能为空")?;
    let mut fields = Vec::new();
    let mut automatic = Vec::new();
    for field in asked_fields {
        let (field, auto) = field_of(files, is_organisation, field)?;
        fields.push(field);
        automatic.push(auto);
    }
    let auto = automatic.contains(&true);
    ensure(!auto || !automatic.contains(&false), "同一签署方的autoSign须一致")?;
    ensure(is_organisation || !auto, "个人签署方不支持autoSign")?;

    let (organisation, person) = match (is_organisation, asked.org_signer_info, asked.psn_signer_info) {
        (true, None, None) if auto => (Some(Organisation { name: house.vendor_name.clone(), number: None }), None),
        (true, Some(_), None) if auto => return Err(Refusal::business(1_437_182, "未获得该企业的印章授权")),
        (true, Some(asked), None) => {
            let (organisation, transactor) = organisation(asked)?;
            (Some(organisation), Some(transactor))
        }
        (false, None, Some(asked)) => (None, Some(person(asked)?)),
        (true, _, _) => return Err(Refusal::parameter("参数错误: orgSignerInfo不能为空")),
        (false, _, _) => return Err(Refusal::parameter("参数错误: psnSignerInfo不能为空")),
    };
    Ok(Signer {
        order,
        auto,
        organisation,
        person,
        fields,
        status: SignerStatus::Waiting,
        signed_as: None,
        opened: false,
    })
}

fn organisation(asked: OrganisationRequest) -> Result<(Organisation, Person), Refusal> {
    if asked.org_id.is_some_and(|id| !id.is_empty()) {
        return Err(Refusal::business(1_435_203, "账号不存在或已注销"));
    }
    let name = asked.org_name.unwrap_or_default();
    ensure(!name.trim().is_empty() && name.chars().count() <= LONGEST_NAME, "orgName应为1至64个字符")?;
    let info = asked.org_info;
    let number_type = info.as_ref().and_then(|info| info.number_type.clone());
    let number = info.and_then(|info| info.number);
    let number_type = number_type.unwrap_or_else(|| "CRED_ORG_USCC".to_owned());
    ensure(["CRED_ORG_USCC", "CRED_ORG_REGCODE"].contains(&number_type.as_str()), "orgIDCardType取值不正确")?;
    let holds = number_type != "CRED_ORG_USCC" || number.as_deref().is_none_or(is_credit_code);
    ensure(holds, "orgIDCardNum格式不正确")?;
    let transactor = asked.transactor_info;
    let transactor = transactor.ok_or_else(|| Refusal::parameter("参数错误: transactorInfo不能为空"))?;
    Ok((Organisation { name, number }, person(transactor)?))
}

fn person(asked: PersonRequest) -> Result<Person, Refusal> {
    if asked.psn_id.is_some_and(|id| !id.is_empty()) {
        return Err(Refusal::business(1_435_203, "账号不存在或已注销"));
    }
    let account = asked.psn_account.unwrap_or_default();
    ensure(is_mobile(&account) || is_mail(&account), "psnAccount格式不正确")?;
    let info = asked.psn_info.ok_or_else(|| Refusal::parameter("参数错误: psnInfo不能为空"))?;
    let name = info.psn_name.unwrap_or_default();
    ensure(!name.trim().is_empty() && name.chars().count() <= LONGEST_NAME, "psnName应为1至64个字符")?;
    let number_type = info.number_type.unwrap_or_else(|| "CRED_PSN_CH_IDCARD".to_owned());
    let known = [
        "CRED_PSN_CH_IDCARD",
        "CRED_PSN_CH_HONGKONG",
        "CRED_PSN_CH_MACAO",
        "CRED_PSN_CH_TWCARD",
        "CRED_PSN_PASSPORT",
        "CRED_PSN_CH_GREEN_CARD",
    ];
    ensure(known.contains(&number_type.as_str()), "psnIDCardType取值不正确")?;
    let number = info.number.filter(|number| !number.is_empty());
    let holds = number.as_deref().is_none_or(|number| number_type != "CRED_PSN_CH_IDCARD" || is_id_card(number));
    ensure(holds, "psnIDCardNum格式不正确")?;
    Ok(Person { account, name, number })
}

/// One field, and whether it signs by itself.
fn field_of(files: &[(Doc, File)], is_organisation: bool, asked: FieldRequest) -> Result<(Field, bool), Refusal> {
    ensure(asked.sign_field_type.unwrap_or(0) == 0, "沙箱仅支持印章签署区")?;
    let wanted = asked.file_id.unwrap_or_default();
    let file = files.iter().map(|(_, file)| file).find(|file| file.id == wanted);
    let file = file.ok_or_else(|| Refusal::parameter("参数错误: signFields.fileId不在docs中"))?;
    let config = asked.normal_sign_field_config.filter(Value::is_object).unwrap_or_else(|| json!({}));
    let seal: SealConfig = serde_json::from_value(config.clone())
        .map_err(|error| Refusal::parameter(format!("参数错误: normalSignFieldConfig {error}")))?;
    let auto = seal.auto_sign.unwrap_or(false);
    let free = seal.free_mode.unwrap_or(false);
    ensure(!(auto && free), "autoSign与freeMode不能同时为true")?;
    let styles = seal.psn_seal_styles.unwrap_or_default();
    let known = styles.is_empty() || styles.split(',').all(|style| ["0", "1", "2"].contains(&style.trim()));
    ensure(known, "psnSealStyles取值不正确")?;

    let usual = if is_organisation { ORGANISATION_SEAL } else { PERSON_SEAL };
    ensure(
        seal.sign_field_width.is_some() == seal.sign_field_height.is_some(),
        "signFieldWidth与signFieldHeight须同时设置",
    )?;
    ensure(
        seal.sign_field_size.is_none() || seal.sign_field_width.is_none(),
        "signFieldSize与signFieldWidth不能同时设置",
    )?;
    let size = seal.sign_field_size.unwrap_or(usual);
    let (width, height) = (seal.sign_field_width.unwrap_or(size), seal.sign_field_height.unwrap_or(size));
    ensure((10.0..=600.0).contains(&width) && (10.0..=600.0).contains(&height), "签署区尺寸应在10至600之间")?;

    let (page, x, y) = if free {
        let last = file.pages.last().map_or(0.0, |page| page.width / 2.0);
        (u32::try_from(file.pages.len()).unwrap_or(1), last, height)
    } else {
        ensure(matches!(seal.sign_field_style, None | Some(1)), "沙箱仅支持单页签章，signFieldStyle应为1")?;
        position(&file.pages, seal.sign_field_position, (width, height))?
    };
    let movable = free || seal.movable_sign_field.unwrap_or(false);
    let field = Field {
        id: new_id(),
        file: wanted,
        label: asked.custom_biz_num,
        movable,
        page,
        x,
        y,
        width,
        height,
        done: None,
        config,
    };
    Ok((field, auto))
}

/// The page and the centre; the whole field must lie on the page.
fn position(pages: &[Page], asked: Option<Position>, (width, height): (f64, f64)) -> Result<(u32, f64, f64), Refusal> {
    let asked = asked.ok_or_else(|| Refusal::parameter("参数错误: signFieldPosition不能为空"))?;
    let number = asked.position_page.and_then(|page| page.trim().parse::<u32>().ok()).unwrap_or(0);
    ensure(number > 0, "positionPage格式不正确")?;
    let page = usize::try_from(number).ok().and_then(|number| pages.get(number - 1));
    let page = page.ok_or_else(|| Refusal::business(1_437_306, "签署页码超出文档页数"))?;
    let (Some(x), Some(y)) = (asked.position_x, asked.position_y) else {
        return Err(Refusal::parameter("参数错误: positionX与positionY不能为空"));
    };
    ensure(page.holds(x, y, width, height), "签署区超出页面")?;
    Ok((number, x, y))
}
