//! Party A's seal on the provider's page: dropped with a mouse or a finger, and read back from the PDF.

use super::Browser;
use crate::harness::{Contract, until};
use evidence::{Anchors, SignatureFacts};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far the seal may lie from where it was dropped, in points.
const TOLERANCE: f64 = 2.0;

/// A place in the document: the seal's centre in points from the page's lower left corner, as PDF counts.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    pub page: u32,
    pub x: f64,
    pub y: f64,
}

impl Spot {
    /// Checks that a signature of the PDF is there.
    pub fn is_where(self, signature: &SignatureFacts) {
        let [left, lower, right, upper] = signature.rectangle;
        let (x, y) = ((left + right) / 2.0, (lower + upper) / 2.0);
        let near = (x - self.x).abs() <= TOLERANCE && (y - self.y).abs() <= TOLERANCE;
        assert!(signature.page == self.page && near, "dropped at {self:?}, found at {x}, {y}: {signature:?}");
    }
}

/// The signatures of a contract's signed PDF, party B's first.
pub async fn signatures(contract: &Contract, pdf: &[u8], root_pem: &str) -> Vec<SignatureFacts> {
    let shown = contract.shown().await;
    let expected = contract.customer.expected(shown["draft"]["sha256"].as_str().unwrap().parse().unwrap());
    evidence::verify(pdf, &Anchors::from_pem(root_pem).unwrap(), &expected).unwrap().signatures
}

impl Browser {
    /// Drags the seal from beside the contract onto it.
    pub async fn drop_seal(&self, spot: Spot) {
        let [from, to] = self.way_of_seal(spot).await;
        // The hand takes its time and rests at the end: what is flung goes on, and the browser takes the next touch for its stop.
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() - 2.0;
        let between = |step: f64| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * step / 5.0);
        self.pointer("down", from, began).await;
        for step in [1.0, 2.0, 3.0, 4.0, 5.0] {
            self.pointer("move", between(step), began + step * 0.2).await;
        }
        self.pointer("move", to, began + 1.5).await;
        self.pointer("up", to, began + 1.6).await;
        until("the seal to lie on its page", async || {
            let page = self.property("#page", "value").await;
            let lies = self.count(".over .stamp").await == 1;
            if lies && page.as_str().and_then(|text| text.parse().ok()) == Some(spot.page) {
                Ok(())
            } else {
                Err((page, self.text("#where").await))
            }
        })
        .await;
    }

    /// Where the seal lies in the window, and where it has to go, once nothing moves any more.
    async fn way_of_seal(&self, spot: Spot) -> [[f64; 2]; 2] {
        let script = "const [page, x, y] = arguments; \
                      const over = document.querySelectorAll('.over')[page - 1]; \
                      const { width, height } = over.viewBox.baseVal; \
                      const place = () => { \
                          const box = over.getBoundingClientRect(); \
                          return [box.left + x * box.width / width, box.top + (height - y) * box.height / height]; \
                      }; \
                      const off = place()[1] - innerHeight * 0.4; \
                      if (Math.abs(off) > 1) scrollBy({ top: off, behavior: 'instant' }); \
                      const seal = document.querySelector('#seal').getBoundingClientRect(); \
                      return [[seal.left + seal.width / 2, seal.top + seal.height / 2], place(), [innerWidth, innerHeight]]";
        let mut last = Value::Null;
        let still = until("the pages to lie still", async || {
            let now = self.script(script, vec![json!(spot.page), json!(spot.x), json!(spot.y)]).await;
            if now == last {
                return Ok(now);
            }
            last = now.clone();
            Err(now)
        })
        .await;
        let point = |at: usize| [0, 1].map(|axis| still[at][axis].as_f64().unwrap());
        let [from, to, window] = [0, 1, 2].map(point);
        let seen = |place: [f64; 2]| (0..2).all(|axis| place[axis] > 0.0 && place[axis] < window[axis]);
        assert!(seen(from) && seen(to), "both ends of the way must be in the window: {still}");
        [from, to]
    }

    /// A mouse, or on a phone a finger, which hits whole pixels.
    async fn pointer(&self, act: &str, place: [f64; 2], at: f64) {
        let [x, y] = place.map(f64::round);
        let finger = json!([{ "x": x, "y": y }]);
        let (command, mut event) = match (self.look.phone, act) {
            (true, "down") => ("Input.dispatchTouchEvent", json!({ "type": "touchStart", "touchPoints": finger })),
            (true, "move") => ("Input.dispatchTouchEvent", json!({ "type": "touchMove", "touchPoints": finger })),
            (true, _) => ("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] })),
            (false, act) => {
                let kind = match act {
                    "down" => "mousePressed",
                    "move" => "mouseMoved",
                    _ => "mouseReleased",
                };
                let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
                ("Input.dispatchMouseEvent", event)
            }
        };
        event["timestamp"] = json!(at);
        self.tool(command, event).await;
    }
}
