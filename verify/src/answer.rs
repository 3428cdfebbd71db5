//! The answer, in words and in JSON.

use contract::{Language, Sha256, Timestamp};
use evidence::{Defect, Report, Signatory, SignatureFacts};
use serde_json::{Value, json};

/// A verdict with what is needed to show the same with other programs.
pub(crate) struct Answer {
    file: String,
    /// The file with the anchors that were given.
    anchors: Option<String>,
    sha256: Sha256,
    length: usize,
    /// SHA-256 of the draft, where the file begins with it.
    draft: Option<Sha256>,
    verdict: Result<Report, Defect>,
}

impl Answer {
    pub(crate) fn new(file: String, anchors: Option<String>, pdf: &[u8], verdict: Result<Report, Defect>) -> Self {
        let draft =
            verdict.as_ref().ok().and_then(|report| report.draft).and_then(|end| pdf.get(..end)).map(Sha256::of);
        Self { file, anchors, sha256: Sha256::of(pdf), length: pdf.len(), draft, verdict }
    }

    /// 0 it holds, 1 it is broken, 2 it cannot be judged here.
    pub(crate) fn exit_code(&self) -> u8 {
        match &self.verdict {
            Ok(report) if report.holds() => 0,
            Err(_) => 1,
            Ok(_) => 2,
        }
    }

    fn outcome(&self) -> &'static str {
        match self.exit_code() {
            0 => "holds",
            1 => "broken",
            _ => "cannot be judged here",
        }
    }

    pub(crate) fn json(&self) -> String {
        let finding = |code: &str, text: &dyn Fn(Language) -> String| json!({"code": code, "zh": text(Language::ZhCn), "en": text(Language::En)});
        let (findings, signatures, chain_checked) = match &self.verdict {
            Err(defect) => (vec![finding(defect.code(), &|language| defect.text(language))], vec![], None),
            Ok(report) => (
                report.doubts.iter().map(|doubt| finding(doubt.code(), &|language| doubt.text(language))).collect(),
                report.signatures.iter().map(signature).collect(),
                Some(report.chain_checked),
            ),
        };
        let answer = json!({
            "file": self.file, "sha256": self.sha256, "outcome": self.outcome(), "findings": findings,
            "draftSha256": self.draft, "signatures": signatures, "chainChecked": chain_checked,
        });
        format!("{answer:#}")
    }

    pub(crate) fn text(&self, language: Language) -> String {
        let zh = language == Language::ZhCn;
        let mut lines = vec![self.file.clone(), String::new()];
        lines.push(match (&self.verdict, zh) {
            (Err(defect), true) => format!("不成立：{}", defect.text(language)),
            (Err(defect), false) => format!("BROKEN. {}", defect.text(language)),
            (Ok(report), true) if report.holds() => "成立：文件是双方签署的合同，签署后未被更改。".to_owned(),
            (Ok(report), false) if report.holds() => {
                "HOLDS. The file is the contract that both parties signed, and nobody changed it.".to_owned()
            }
            (Ok(_), true) => "此处无法判断：没有发现问题，但以下各项无法在此确定。".to_owned(),
            (Ok(_), false) => {
                "CANNOT BE JUDGED HERE. Nothing is broken, but the following cannot be settled here.".to_owned()
            }
        });
        if let Ok(report) = &self.verdict {
            lines.extend(report.doubts.iter().map(|doubt| format!("  - {}", doubt.text(language))));
        }
        lines.push(String::new());
        self.whole_file(zh, &mut lines);
        if let Ok(report) = &self.verdict {
            for (index, signature) in report.signatures.iter().enumerate() {
                self.signature(index, signature, zh, &mut lines);
            }
            if !report.chain_checked {
                lines.push(String::from(if zh {
                    "证书链：未检查（没有给出受信任的机构）。"
                } else {
                    "Certificate chain: not checked, for no authority to trust was given."
                }));
            }
        }
        lines.push(String::from(if zh {
            "用其他程序核对全部签名与更改："
        } else {
            "The same by other programs, for all signatures and changes:"
        }));
        let trust = self
            .anchors
            .as_ref()
            .map_or(String::new(), |anchors| format!("--trust-replace --trust {} ", quoted(anchors)));
        lines.push(format!(
            "    pyhanko sign validate {trust}--no-revocation-check --pretty-print {}",
            quoted(&self.file)
        ));
        lines.push(format!("    pdfsig {}", quoted(&self.file)));
        lines.push(format!("    qpdf --check {}", quoted(&self.file)));
        lines.join("\n")
    }

    fn whole_file(&self, zh: bool, lines: &mut Vec<String>) {
        lines.push(format!(
            "{}: {} ({} {})",
            if zh { "文件 SHA-256" } else { "SHA-256 of the file" },
            self.sha256,
            self.length,
            if zh { "字节" } else { "bytes" }
        ));
        lines.push(format!("    openssl dgst -sha256 {}", quoted(&self.file)));
        let Ok(report) = &self.verdict else { return };
        match (report.draft, self.draft) {
            (Some(end), Some(draft)) => {
                lines.push(format!(
                    "{}: {draft} ({end} {})",
                    if zh { "合同文本（签署前）SHA-256" } else { "SHA-256 of the draft that was signed" },
                    if zh { "字节" } else { "bytes" }
                ));
                lines.push(format!("    head -c {end} {} | openssl dgst -sha256", quoted(&self.file)));
            }
            _ => lines.push(String::from(if zh {
                "合同文本：由签署平台重写，按页面对照。"
            } else {
                "The draft: written anew by the provider, compared by its pages."
            })),
        }
        lines.push(String::from(if zh {
            "签章以外的页面（两次绘图应相同）："
        } else {
            "The pages outside the seals, drawn twice and alike:"
        }));
        if let Some(end) = report.draft {
            lines.push(format!("    head -c {end} {0} > draft.pdf && pdftoppm -r 72 -png draft.pdf draft && pdftoppm -r 72 -png {0} signed", quoted(&self.file)));
        }
    }

    fn signature(&self, index: usize, signature: &SignatureFacts, zh: bool, lines: &mut Vec<String>) {
        let party = match (signature.party, zh) {
            (Signatory::PartyA, true) => "甲方",
            (Signatory::PartyB, true) => "乙方",
            (Signatory::PartyA, false) => "Party A",
            (Signatory::PartyB, false) => "Party B",
        };
        let time = |time: Timestamp| time.to_string();
        let place = if signature.page == 0 {
            String::from(if zh { "不可见" } else { "invisible" })
        } else {
            let [left, lower, right, upper] = signature.rectangle.map(|edge| format!("{edge:.1}"));
            let page = if zh { format!("第 {} 页", signature.page) } else { format!("page {}", signature.page) };
            format!("{page} [{left} {lower} {right} {upper}]")
        };
        lines.push(String::new());
        lines.push(format!("{party}: {} ({}, {place})", signature.signer, signature.field));
        lines.push(format!(
            "  {}: {}",
            if zh { "签署时间（签名所载）" } else { "signed at, as the signer states" },
            time(signature.signed_at)
        ));
        if let Some(proven) = signature.proven_at {
            lines.push(format!(
                "  {}: {}",
                if zh { "不晚于（时间戳证明）" } else { "at the latest, as a time stamp proves" },
                time(proven)
            ));
        }
        lines.push(format!("  {}: {}", if zh { "算法" } else { "algorithm" }, signature.algorithm));
        lines.push(format!(
            "  {}: {}  {}: {}",
            if zh { "证书序列号" } else { "certificate serial" },
            signature.serial,
            "SHA-256",
            signature.certificate
        ));
        lines.push(format!(
            "    pdfsig -dump {0} && openssl pkcs7 -inform DER -in {1}.sig{index} -print_certs -noout",
            quoted(&self.file),
            quoted(&base(&self.file))
        ));
        lines.push(String::new());
    }
}

fn signature(facts: &SignatureFacts) -> Value {
    json!({
        "party": match facts.party { Signatory::PartyA => "partyA", Signatory::PartyB => "partyB" },
        "signer": facts.signer, "field": facts.field, "page": facts.page, "rectangle": facts.rectangle,
        "signedAt": facts.signed_at.to_string(), "provenAt": facts.proven_at.map(|time| time.to_string()),
        "coversWholeFile": facts.covers_whole_file, "revisionSha256": facts.revision,
        "certificateSha256": facts.certificate, "serial": facts.serial, "algorithm": facts.algorithm,
    })
}

/// The file's name without its folder, as `pdfsig -dump` names what it writes.
fn base(file: &str) -> String {
    std::path::Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A word of a shell command.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
