//! One stack and everybody around it.

use super::{Answer, Api, Customer, Kind, credentials};
use countersign::{Options, Stack};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// Scope of customers' tokens.
const CUSTOMER: &str = "contracts/self";
/// Scope of staff tokens.
const STAFF: &str = "contracts/staff";

/// Where the stacks run. A test's own runtime ends with it, and the shared stack must not.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().expect("a runtime starts")
});

/// The stack of all tests that need nothing of their own.
static SHARED: OnceCell<Arc<Stack>> = OnceCell::const_new();

/// A stack, as a test sees it.
#[derive(Debug, Clone)]
pub struct World {
    base_url: String,
    sandbox_url: String,
    /// The stack in this process; none where it is a process of its own.
    stack: Option<Arc<Stack>>,
    http: reqwest::Client,
}

async fn start(options: Options) -> Arc<Stack> {
    let started = RUNTIME.spawn(Stack::start(options)).await.expect("the stack's start does not panic");
    Arc::new(started.unwrap_or_else(|error| panic!("the stack does not start: {error}")))
}

fn client() -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.timeout(std::time::Duration::from_secs(35))
}

impl World {
    /// The stack that tests share. No test may set faults on it.
    pub async fn shared() -> Self {
        if let Some(deployed) = Self::deployed() {
            return deployed;
        }
        let options = Options { register_customers: false, ..Options::default() };
        Self::around(Arc::clone(SHARED.get_or_init(|| start(options)).await))
    }

    /// The stack that is deployed elsewhere, where the tests are told of one: see tests/deployment.
    fn deployed() -> Option<Self> {
        let (base_url, sandbox_url) =
            (std::env::var("COUNTERSIGN_URL").ok()?, std::env::var("COUNTERSIGN_SANDBOX").ok()?);
        Some(Self { base_url, sandbox_url, stack: None, http: client().build().expect("an HTTP client can be built") })
    }

    /// A stack of the test's own, for faults, another clock or other times.
    pub async fn own(options: Options) -> Self {
        assert!(Self::deployed().is_none(), "this test needs a stack of its own");
        Self::around(start(options).await)
    }

    /// A stack of the test's own which looks at what waits each second.
    pub async fn quick() -> Self {
        let every = std::time::Duration::from_secs(1);
        let options = Options {
            register_customers: false,
            look_schedule: "1,1".to_owned(),
            watch_every: every,
            ..Options::default()
        };
        Self::own(options).await
    }

    fn around(stack: Arc<Stack>) -> Self {
        let (base_url, sandbox_url) = (stack.base_url().to_owned(), stack.sandbox_url().to_owned());
        let http = client().build().expect("an HTTP client can be built");
        Self { base_url, sandbox_url, stack: Some(stack), http }
    }

    /// A stack that is a process of its own.
    pub fn at(base_url: String, sandbox_url: String) -> Self {
        // A connection does not outlive the process it leads to, and a test kills that.
        let http = client().pool_max_idle_per_host(0).build().expect("an HTTP client can be built");
        Self { base_url, sandbox_url, stack: None, http }
    }

    /// The stack itself, where it runs in this process.
    pub fn stack(&self) -> &Stack {
        self.stack.as_deref().expect("this stack is a process of its own, and nobody looks inside it")
    }

    /// The certificate that the sandbox's signatures lead to, in PEM, as the sandbox gives it out.
    pub async fn root_pem(&self) -> String {
        let answer = self.sandbox().get("/sandbox/root.pem").await;
        answer.is(200);
        answer.text()
    }

    /// A caller with a token from the log-in.
    pub async fn caller(&self, account: &str, scope: &str) -> Api {
        let body = json!({ "customerId": account, "scope": scope });
        let token = self.anybody().post("/dev/token", &body).await.is(200);
        Api { token: token["accessToken"].as_str().unwrap_or_default().to_owned(), ..self.anybody() }
    }

    /// A caller without a token.
    pub fn anybody(&self) -> Api {
        let base_url = self.base_url.clone();
        Api { http: self.http.clone(), base_url, token: String::new(), language: "zh-CN", headers: Vec::new() }
    }

    /// A member of staff, or one of the vendor's systems.
    pub async fn staff(&self) -> Api {
        self.caller("staff-1", STAFF).await
    }

    /// Another member of staff.
    pub async fn colleague(&self) -> Api {
        self.caller("staff-2", STAFF).await
    }

    /// The sandbox's own endpoints.
    pub fn sandbox(&self) -> Api {
        Api { base_url: self.sandbox_url.clone(), ..self.anybody() }
    }

    /// Follows a link as a browser without a token would.
    pub async fn download(&self, link: &Value) -> Answer {
        let url = link["url"].as_str().unwrap_or_else(|| panic!("no link in {link}"));
        self.anybody().get(url).await
    }

    /// An account that is verified as an enterprise nobody else is.
    pub async fn enterprise(&self, name: &str) -> Customer {
        self.verified(Kind::Enterprise, name).await
    }

    /// An account that is verified as a person nobody else is.
    pub async fn person(&self, name: &str) -> Customer {
        self.verified(Kind::Person, name).await
    }

    /// One account of each type, in that order: an enterprise and a person.
    pub async fn both(&self) -> [Customer; 2] {
        [self.enterprise("某某科技有限公司").await, self.person("李大山").await]
    }

    async fn verified(&self, kind: Kind, name: &str) -> Customer {
        let customer = self.unverified(kind, name).await;
        customer.verify().await;
        customer
    }

    /// An account that the real-name system has told nothing of, with the identity it could have.
    pub async fn unverified(&self, kind: Kind, name: &str) -> Customer {
        let number = match kind {
            Kind::Enterprise => credentials::uscc(),
            Kind::Person => credentials::id_card(),
        };
        self.account(kind, name, &number).await
    }

    /// Another account of the same subject.
    pub async fn sibling(&self, of: &Customer) -> Customer {
        let sibling = self.account(of.kind, &of.name, &of.number).await;
        sibling.verify().await;
        sibling
    }

    async fn account(&self, kind: Kind, name: &str, number: &str) -> Customer {
        let id = format!("customer-{}", credentials::fresh());
        let api = self.caller(&id, CUSTOMER).await;
        Customer::new(self.clone(), api, id, kind, name, number)
    }
}
