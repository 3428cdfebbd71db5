//! A visible signature in the structure that iText 5 gives it, as its files show it.
//!
//! What differs from the plain style: the widget and the form have default resources, the form a default appearance and two fonts that nothing uses;
//! the seal lies in nested layers (/FRM over /n0, which is empty, and /n2); document information, metadata and catalog are written anew; new objects
//! come before changed ones, in an order that is not that of their numbers; and the cross-reference is a table where the document has one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lopdf::xref::XrefType;
use lopdf::{Dictionary, IncrementalDocument, Object, ObjectId, Stream, Writer, dictionary};

use crate::art::SealArt;
use crate::authority::Signer;
use crate::form::{add_to_form, append, editable, real};
use crate::hole;
use crate::sign::{Place, SignError, WIDGET_FLAGS, date, unreadable};

/// Who writes, in the document information and behind the trailer.
const PRODUCER: &str = "Countersign sandbox, in the structure of iText 5";

/// The PDF with an update that has a signature dictionary with its hole.
pub(crate) fn written(
    mut update: IncrementalDocument,
    pdf: &[u8],
    signer: &Signer,
    place: &Place<'_>,
    seal: &SealArt,
    now: Timestamp,
) -> Result<Vec<u8>, SignError> {
    let signature = update.new_document.add_object(signature(signer, now));
    let layers = layers(&mut update, place, seal)?;
    let widget = update.new_document.add_object(dictionary! {
        "FT" => "Sig", "T" => Object::string_literal(place.field.name), "V" => signature, "F" => WIDGET_FLAGS,
        "Type" => "Annot", "Subtype" => "Widget", "Rect" => place.rect.clone(),
        "AP" => dictionary! { "N" => layers.top }, "P" => place.page,
        "DR" => dictionary! { "XObject" => dictionary! { "FRM" => layers.frame } },
    });
    let mut order = vec![widget, signature];
    let form = form_entries(&mut update, layers.frame, &mut order)?;
    order.extend([layers.frame, layers.seal, layers.blank, layers.top]);
    append(&mut update, place.page, b"Annots", widget)?;
    add_to_form(&mut update, widget, place.field.name, &form)?;
    set_version(&mut update)?;
    let (information, metadata) = stamped(&mut update, now)?;
    order.push(information);
    order.extend(metadata);
    // The catalog and the page, and whatever else had to be changed for them.
    let changed = update.new_document.objects.keys().rev().filter(|id| !order.contains(id));
    let changed: Vec<ObjectId> = changed.copied().collect();
    order.extend(changed);
    match update.get_prev_documents().reference_table.cross_reference_type {
        XrefType::CrossReferenceTable => in_order(&update, pdf, &order, information),
        // iText goes on with a stream too, but not with a table behind one.
        XrefType::CrossReferenceStream => {
            let mut file = Vec::new();
            update.save_to(&mut file).map_err(unreadable)?;
            Ok(file)
        }
    }
}

fn signature(signer: &Signer, now: Timestamp) -> Dictionary {
    let mut dictionary = dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "adbe.pkcs7.detached",
        "Reason" => Object::string_literal("contract"), "Location" => Object::string_literal(""),
        "Prop_Build" => dictionary! { "App" => dictionary! { "Name" => Object::string_literal(PRODUCER) } },
        "ContactInfo" => Object::string_literal(""), "M" => Object::string_literal(date(now)),
    };
    // iText names the signer where it is told to; only names that need no other encoding are named here.
    if signer.name().is_ascii() {
        dictionary.set("Name", Object::string_literal(signer.name()));
    }
    hole::dig(&mut dictionary);
    dictionary
}

/// Repeats the version of the file's head in the catalog.
fn set_version(update: &mut IncrementalDocument) -> Result<(), SignError> {
    let version = Object::Name(update.get_prev_documents().version.clone().into_bytes());
    let root = update.new_document.trailer.get(b"Root").and_then(Object::as_reference).map_err(unreadable)?;
    let catalog = editable(update, root)?.as_dict_mut().map_err(unreadable)?;
    if !catalog.has(b"Version") {
        catalog.set("Version", version);
    }
    Ok(())
}

struct Layers {
    top: ObjectId,
    frame: ObjectId,
    seal: ObjectId,
    blank: ObjectId,
}

fn layers(update: &mut IncrementalDocument, place: &Place<'_>, seal: &SealArt) -> Result<Layers, SignError> {
    let (width, height) = (place.field.width, place.field.height);
    let mut add = |resources: Dictionary, (width, height): (f64, f64), content: String| {
        let dictionary = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "Resources" => resources,
            "BBox" => vec![0.into(), 0.into(), real(width), real(height)], "FormType" => 1,
            "Matrix" => vec![1.into(), 0.into(), 0.into(), 1.into(), 0.into(), 0.into()],
        };
        let mut stream = Stream::new(dictionary, content.into_bytes());
        stream.compress().map_err(|error| SignError::Signature(error.to_string()))?;
        Ok::<_, SignError>(update.new_document.add_object(stream))
    };
    let x_objects = |entries: Dictionary| dictionary! { "XObject" => entries };
    let blank = add(Dictionary::new(), (100.0, 100.0), "% DSBlank\n".to_owned())?;
    let seal = add(Dictionary::new(), (width, height), format!("q\n{}Q\n", seal.operators(width, height)))?;
    let both = "q 1 0 0 1 0 0 cm /n0 Do Q\nq 1 0 0 1 0 0 cm /n2 Do Q\n".to_owned();
    let frame = add(x_objects(dictionary! { "n0" => blank, "n2" => seal }), (width, height), both)?;
    let content = "q 1 0 0 1 0 0 cm /FRM Do Q\n".to_owned();
    let top = add(x_objects(dictionary! { "FRM" => frame }), (width, height), content)?;
    Ok(Layers { top, frame, seal, blank })
}

/// What the form gets with its first signature; the fonts are added only then.
fn form_entries(
    update: &mut IncrementalDocument,
    frame: ObjectId,
    order: &mut Vec<ObjectId>,
) -> Result<Dictionary, SignError> {
    let previous = update.get_prev_documents();
    let catalog = previous.catalog().map_err(unreadable)?;
    let form = catalog.get_deref(b"AcroForm", previous).and_then(Object::as_dict);
    if form.is_ok_and(|form| form.has(b"DR")) {
        return Ok(Dictionary::new());
    }
    let helvetica = update.new_document.add_object(dictionary! {
        "Type" => "Font", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding", "Name" => "Helv",
        "Subtype" => "Type1",
    });
    let dingbats = update.new_document.add_object(
        dictionary! { "Type" => "Font", "BaseFont" => "ZapfDingbats", "Name" => "ZaDb", "Subtype" => "Type1" },
    );
    order.extend([helvetica, dingbats]);
    Ok(dictionary! {
        "DA" => Object::string_literal("/Helv 0 Tf 0 g "),
        "DR" => dictionary! {
            "XObject" => dictionary! { "FRM" => frame },
            "Font" => dictionary! { "Helv" => helvetica, "ZaDb" => dingbats },
        },
    })
}

/// Writes time and producer into the document's information, which is made where there is none, and the time into its metadata.
fn stamped(update: &mut IncrementalDocument, now: Timestamp) -> Result<(ObjectId, Option<ObjectId>), SignError> {
    let information = match update.new_document.trailer.get(b"Info").and_then(Object::as_reference) {
        Ok(information) => information,
        Err(_) => {
            let information = update.new_document.add_object(Dictionary::new());
            update.new_document.trailer.set("Info", information);
            information
        }
    };
    let entries = editable(update, information)?.as_dict_mut().map_err(unreadable)?;
    let before = entries.get(b"Producer").and_then(Object::as_str).ok().and_then(|text| std::str::from_utf8(text).ok());
    let producer = match before {
        Some(before) if before.is_ascii() => format!("{before}; modified using {PRODUCER}"),
        _ => PRODUCER.to_owned(),
    };
    entries.set("Producer", Object::string_literal(producer));
    entries.set("ModDate", Object::string_literal(date(now)));

    let catalog = update.get_prev_documents().catalog().map_err(unreadable)?;
    let Ok(metadata) = catalog.get(b"Metadata").and_then(Object::as_reference) else { return Ok((information, None)) };
    let stream = editable(update, metadata)?.as_stream_mut().map_err(unreadable)?;
    let text = stream.get_plain_content().ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(changed) = text.as_deref().and_then(|text| with_time(text, now)) else {
        update.new_document.objects.remove(&metadata);
        return Ok((information, None));
    };
    stream.dict.remove(b"Filter");
    stream.set_content(changed.into_bytes());
    Ok((information, Some(metadata)))
}

/// The metadata with another time of change, where they have one.
fn with_time(metadata: &str, now: Timestamp) -> Option<String> {
    let (before, rest) = metadata.split_once("<xmp:ModifyDate>")?;
    let (_, after) = rest.split_once("</xmp:ModifyDate>")?;
    let second = Timestamp::from_second(now.as_second()).ok()?;
    Some(format!("{before}<xmp:ModifyDate>{second}</xmp:ModifyDate>{after}"))
}

/// The old bytes, the objects in this order, a table and a trailer.
fn in_order(
    update: &IncrementalDocument,
    pdf: &[u8],
    order: &[ObjectId],
    information: ObjectId,
) -> Result<Vec<u8>, SignError> {
    let mut file = pdf.to_vec();
    file.push(b'\n');
    let mut places = BTreeMap::new();
    for id in order {
        let object = update.new_document.get_object(*id).map_err(unreadable)?;
        places.insert(id.0, (file.len(), id.1));
        file.extend(format!("{} {} obj\n", id.0, id.1).bytes());
        Writer::write_object(&mut file, object).map_err(unreadable)?;
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    file.extend(b"xref\n0 1\n0000000000 65535 f \n");
    let mut places = places.into_iter().peekable();
    while let Some((first, place)) = places.next() {
        let mut section = vec![place];
        let mut last = first;
        while let Some((number, place)) = places.next_if(|(number, _)| *number == last + 1) {
            section.push(place);
            last = number;
        }
        file.extend(format!("{first} {}\n", section.len()).bytes());
        for (place, generation) in section {
            file.extend(format!("{place:010} {generation:05} n \n").bytes());
        }
    }
    let trailer = &update.new_document.trailer;
    let root = trailer.get(b"Root").cloned().map_err(unreadable)?;
    let highest = update.new_document.max_id;
    let mut short = dictionary! { "Size" => i64::from(highest) + 1, "Root" => root, "Info" => information };
    if let Ok(id) = trailer.get(b"ID") {
        short.set("ID", id.clone());
    }
    short.set("Prev", trailer.get(b"Prev").cloned().map_err(unreadable)?);
    file.extend(b"trailer\n");
    Writer::write_object(&mut file, &Object::Dictionary(short)).map_err(unreadable)?;
    file.extend(format!("\n%{PRODUCER}\nstartxref\n{table}\n%%EOF\n").bytes());
    Ok(file)
}
