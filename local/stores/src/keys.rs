//! KMS: the operations of its JSON protocol, on symmetric keys kept in the ledger.
//!
//! A key that was told to anybody is in the ledger, so that what it encrypted can be decrypted after any crash.

use crate::answer::{Refusal, text};
use crate::entries::{number, texts};
use crate::ledger::{Ledger, now};
use crate::sealing::{self, KEY_LENGTH};
use crate::{ACCOUNT, REGION};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest text that `Encrypt` takes, in bytes.
const LONGEST: usize = 4096;
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

/// All keys.
#[derive(Debug)]
pub(crate) struct Keys {
    ledger: Arc<Ledger>,
}

struct Key {
    id: String,
    material: Vec<u8>,
    description: String,
    created: i64,
}

impl Keys {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    /// Carries out one operation of the JSON protocol.
    pub(crate) fn call(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        match operation {
            "CreateKey" => self.create(request),
            "CreateAlias" => self.create_alias(request),
            "DescribeKey" => Ok(json!({ "KeyMetadata": self.key(text(request, "KeyId")?)?.metadata() })),
            "Encrypt" => self.encrypt(request),
            "Decrypt" => self.decrypt(request),
            "GenerateDataKey" => self.generate(request),
            _ => Err(Refusal::unknown(operation)),
        }
    }

    /// Creates a key under an alias unless there is one, and gives its id.
    pub(crate) fn create_named(&self, alias: &str) -> Result<String, Refusal> {
        let mut connection = self.ledger.lock();
        let tx = connection.transaction()?;
        let alias = format!("alias/{alias}");
        if let Some(id) = aliased(&tx, &alias)? {
            return Ok(id);
        }
        let key = add(&tx, &alias)?;
        tx.execute("INSERT INTO aliases (name, key) VALUES (?1, ?2)", params![alias, key.id])?;
        tx.commit()?;
        Ok(key.id)
    }

    fn create(&self, request: &Value) -> Result<Value, Refusal> {
        for (field, only) in
            [("KeySpec", ALGORITHM), ("CustomerMasterKeySpec", ALGORITHM), ("KeyUsage", "ENCRYPT_DECRYPT")]
        {
            if request.get(field).and_then(Value::as_str).is_some_and(|asked| asked != only) {
                let message = format!("The local endpoint offers only keys with {field} {only}.");
                return Err(Refusal::new("UnsupportedOperationException", message));
            }
        }
        let description = request.get("Description").and_then(Value::as_str).unwrap_or_default();
        let key = add(&self.ledger.lock(), description)?;
        Ok(json!({ "KeyMetadata": key.metadata() }))
    }

    fn create_alias(&self, request: &Value) -> Result<Value, Refusal> {
        let alias = text(request, "AliasName")?;
        if alias.strip_prefix("alias/").is_none_or(str::is_empty) {
            return Err(Refusal::new("InvalidAliasNameException", "An alias is called alias/ and a name."));
        }
        let key = self.key(text(request, "TargetKeyId")?)?;
        let connection = self.ledger.lock();
        if aliased(&connection, alias)?.is_some() {
            return Err(Refusal::new(
                "AlreadyExistsException",
                format!("An alias with the name {alias} already exists."),
            ));
        }
        connection.execute("INSERT INTO aliases (name, key) VALUES (?1, ?2)", params![alias, key.id])?;
        Ok(json!({}))
    }

    fn encrypt(&self, request: &Value) -> Result<Value, Refusal> {
        let key = self.key(text(request, "KeyId")?)?;
        let plain = bytes(request, "Plaintext")?;
        if plain.is_empty() || plain.len() > LONGEST {
            let message = format!("Plaintext must have 1 to {LONGEST} bytes.");
            return Err(Refusal::new("ValidationException", message));
        }
        let sealed = sealing::seal(&key.id, &key.material, &texts(request, "EncryptionContext")?, &plain)?;
        Ok(json!({ "CiphertextBlob": STANDARD.encode(sealed), "KeyId": key.arn(), "EncryptionAlgorithm": ALGORITHM }))
    }

    fn decrypt(&self, request: &Value) -> Result<Value, Refusal> {
        let invalid =
            || Refusal::new("InvalidCiphertextException", "The ciphertext, its key or its context are not right.");
        let whole = bytes(request, "CiphertextBlob")?;
        let sealed = sealing::take_apart(&whole).ok_or_else(invalid)?;
        if let Some(named) = request.get("KeyId").and_then(Value::as_str)
            && self.key(named)?.id != sealed.key
        {
            let message = "The key ID in the request does not identify a CMK that can perform this operation.";
            return Err(Refusal::new("IncorrectKeyException", message));
        }
        let key = self.key(&sealed.key).map_err(|_| invalid())?;
        let context = texts(request, "EncryptionContext")?;
        let plain = sealing::open(&sealed, &key.material, &context).ok_or_else(invalid)?;
        Ok(json!({ "Plaintext": STANDARD.encode(plain), "KeyId": key.arn(), "EncryptionAlgorithm": ALGORITHM }))
    }

    fn generate(&self, request: &Value) -> Result<Value, Refusal> {
        let key = self.key(text(request, "KeyId")?)?;
        let bytes = number(request, "NumberOfBytes", 1, 1024)?;
        let length = match (request.get("KeySpec").and_then(Value::as_str), bytes) {
            (Some("AES_256"), None) => 32,
            (Some("AES_128"), None) => 16,
            (None, Some(bytes)) => usize::try_from(bytes).unwrap_or(0),
            _ => {
                let message = "Please specify either number of bytes or key spec.";
                return Err(Refusal::new("ValidationException", message));
            }
        };
        let mut plain = vec![0; length];
        crate::ids::fill(&mut plain)?;
        let sealed = sealing::seal(&key.id, &key.material, &texts(request, "EncryptionContext")?, &plain)?;
        Ok(
            json!({ "CiphertextBlob": STANDARD.encode(sealed), "Plaintext": STANDARD.encode(plain), "KeyId": key.arn() }),
        )
    }

    /// The key of that id, ARN or alias.
    fn key(&self, named: &str) -> Result<Key, Refusal> {
        let connection = self.ledger.lock();
        // An ARN ends with `key/id` or with `alias/name`.
        let named = if named.starts_with("arn:") { named.splitn(6, ':').nth(5).unwrap_or(named) } else { named };
        let id = match named.strip_prefix("key/") {
            Some(id) => Some(id.to_owned()),
            None if named.starts_with("alias/") => aliased(&connection, named)?,
            None => Some(named.to_owned()),
        };
        let mut found =
            connection.prepare_cached("SELECT id, material, description, created FROM keys WHERE id = ?1")?;
        let key = found.query_row(params![id], |row| {
            Ok(Key { id: row.get(0)?, material: row.get(1)?, description: row.get(2)?, created: row.get(3)? })
        });
        key.optional()?.ok_or_else(|| Refusal::new("NotFoundException", format!("There is no key {named}.")))
    }
}

impl Key {
    fn arn(&self) -> String {
        format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", self.id)
    }

    fn metadata(&self) -> Value {
        json!({
            "AWSAccountId": ACCOUNT, "KeyId": self.id, "Arn": self.arn(), "CreationDate": self.created / 1000, "Enabled": true,
            "Description": self.description, "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER", "KeySpec": ALGORITHM, "CustomerMasterKeySpec": ALGORITHM,
            "EncryptionAlgorithms": [ALGORITHM], "MultiRegion": false,
        })
    }
}

fn add(connection: &Connection, description: &str) -> Result<Key, Refusal> {
    let mut material = vec![0; KEY_LENGTH];
    crate::ids::fill(&mut material)?;
    let key = Key { id: crate::ids::random()?, material, description: description.to_owned(), created: now() };
    connection.execute(
        "INSERT INTO keys (id, material, description, created) VALUES (?1, ?2, ?3, ?4)",
        params![key.id, key.material, key.description, key.created],
    )?;
    Ok(key)
}

fn aliased(connection: &Connection, alias: &str) -> Result<Option<String>, Refusal> {
    let mut found = connection.prepare_cached("SELECT key FROM aliases WHERE name = ?1")?;
    Ok(found.query_row(params![alias], |row| row.get(0)).optional()?)
}

fn bytes(request: &Value, name: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD
        .decode(text(request, name)?)
        .map_err(|_| Refusal::new("SerializationException", format!("{name} is no base64.")))
}
