//! What the operator says about the provider: where it is, who we are there, and how long we wait.

use std::{fmt, time::Duration};

use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest time that the provider keeps a flow open (e签宝 Open API V3, create-by-file, `signFlowExpireTime`).
const LONGEST_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The app's secret. It signs and verifies; it is never shown.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// # Errors
    /// An empty text is no secret.
    pub fn new(secret: &str) -> Result<Self, BadSetting> {
        if secret.is_empty() {
            return Err(BadSetting::Secret);
        }
        Hmac::new_from_slice(secret.as_bytes()).map(Self).map_err(|_| BadSetting::Secret)
    }

    /// A keyed hash that has read nothing yet.
    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Which point of a seal's field the provider means by its position. Its documents do not say; the default is what others found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Anchor {
    /// The middle of the field, as in [`contract::SealSpot`].
    #[default]
    Centre,
    /// Its lower left corner.
    LowerLeft,
}

/// How large one of the provider's pixels is, in which it takes the size of a seal. Its documents contradict each other: one says 72 to the
/// inch, so that 4.2 cm are 119.05 px (open.esign.cn, docs/xy, 印章图片尺寸和坐标); another calls the seals that it sets by itself 159 px and
/// 76 px wide (case3/qg20trlpyahxm3h4), which is 42 mm and 20 mm at 96 to the inch. The default is what is said outright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pixel {
    /// 1/72 inch, a PDF's point.
    #[default]
    Point,
    /// 1/96 inch, as on a screen.
    NinetySixth,
}

impl Pixel {
    /// A length in points as the nearest number of pixels; the provider takes whole ones.
    pub(crate) fn count(self, points: u16) -> u32 {
        match self {
            Self::Point => u32::from(points),
            Self::NinetySixth => (u32::from(points) * 4 + 1) / 3,
        }
    }
}

/// Settings of [`crate::Provider`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme and host, e.g. `https://openapi.esign.cn`. Plain `http` only towards this machine.
    pub base_url: String,
    /// The app's id; it differs between the provider's sandbox and production.
    pub app_id: String,
    pub app_secret: Secret,
    /// The time to reach the provider. Default 2 s.
    pub connect_timeout: Duration,
    /// The time that one call may take with all its repetitions. Default 6 s.
    pub total_timeout: Duration,
    /// The same for fetching a signed PDF, which nobody waits for in front of a page. Default 30 s.
    pub download_timeout: Duration,
    /// How long a signer may take, from the flow's creation on; at most 90 days. Default 30 days.
    pub flow_lifetime: Duration,
    pub anchor: Anchor,
    pub pixel: Pixel,
}

impl Settings {
    /// Settings with their defaults.
    #[must_use]
    pub fn new(base_url: &str, app_id: &str, app_secret: Secret) -> Self {
        Self {
            base_url: base_url.to_owned(),
            app_id: app_id.to_owned(),
            app_secret,
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(6),
            download_timeout: Duration::from_secs(30),
            flow_lifetime: DAY * 30,
            anchor: Anchor::default(),
            pixel: Pixel::default(),
        }
    }

    /// The host to call, once everything else is in order.
    pub(crate) fn checked_base(&self) -> Result<reqwest::Url, BadSetting> {
        if self.app_id.is_empty() || !self.app_id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadSetting::AppId);
        }
        if self.connect_timeout.is_zero() || self.total_timeout.is_zero() || self.download_timeout.is_zero() {
            return Err(BadSetting::Timeout);
        }
        if self.flow_lifetime.is_zero() || self.flow_lifetime > LONGEST_LIFETIME {
            return Err(BadSetting::Lifetime);
        }
        let base = reqwest::Url::parse(&self.base_url).map_err(|_| BadSetting::BaseUrl)?;
        let bare =
            base.path() == "/" && base.query().is_none() && base.fragment().is_none() && base.username().is_empty();
        match base.scheme() {
            "https" if bare => Ok(base),
            "http" if bare && is_loopback(&base) => Ok(base),
            "http" if bare => Err(BadSetting::PlainText),
            _ => Err(BadSetting::BaseUrl),
        }
    }
}

/// Whether the address is this very machine.
pub(crate) fn is_loopback(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// A setting that cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    #[error("The provider's base URL must be a scheme and a host without a path, such as https://openapi.esign.cn.")]
    BaseUrl,
    #[error(
        "The provider's base URL must begin with https, because identity data is sent there; http is for this machine only."
    )]
    PlainText,
    #[error("The provider's app id must be printable ASCII text without spaces.")]
    AppId,
    #[error("The provider's app secret must not be empty.")]
    Secret,
    #[error("Each time limit for the provider must be longer than zero.")]
    Timeout,
    #[error("A flow's lifetime must be longer than zero and at most 90 days.")]
    Lifetime,
    #[error("The HTTP client for the provider could not be set up.")]
    Client(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: &str) -> Settings {
        Settings::new(base_url, "7438000001", Secret::new("not to be shown").unwrap())
    }

    #[test]
    fn hosts_that_can_be_called() {
        for good in [
            "https://openapi.esign.cn",
            "https://smlopenapi.esign.cn/",
            "http://127.0.0.1:8081",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert!(settings(good).checked_base().is_ok(), "{good}");
        }
        for bad in [
            "",
            "openapi.esign.cn",
            "ftp://127.0.0.1",
            "https://a.example/api",
            "https://u@a.example",
            "https://a.example?x",
        ] {
            assert!(matches!(settings(bad).checked_base(), Err(BadSetting::BaseUrl)), "{bad}");
        }
        for plain in ["http://openapi.esign.cn", "http://10.0.0.1", "http://127.0.0.1.example"] {
            assert!(matches!(settings(plain).checked_base(), Err(BadSetting::PlainText)), "{plain}");
        }
    }

    #[test]
    fn limits_and_names() {
        let good = settings("http://127.0.0.1:1");
        assert!(matches!(Settings { app_id: "a b".into(), ..good.clone() }.checked_base(), Err(BadSetting::AppId)));
        assert!(matches!(
            Settings { total_timeout: Duration::ZERO, ..good.clone() }.checked_base(),
            Err(BadSetting::Timeout)
        ));
        assert!(matches!(
            Settings { flow_lifetime: DAY * 91, ..good.clone() }.checked_base(),
            Err(BadSetting::Lifetime)
        ));
        assert!(Settings { flow_lifetime: DAY * 90, ..good }.checked_base().is_ok());
        assert!(matches!(Secret::new(""), Err(BadSetting::Secret)));
    }

    #[test]
    fn the_usual_seals_have_the_sizes_of_the_providers_pages() {
        assert_eq!([119, 57].map(|points| Pixel::Point.count(points)), [119, 57]);
        assert_eq!([119, 57].map(|points| Pixel::NinetySixth.count(points)), [159, 76]);
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", settings("http://127.0.0.1:1")).contains("not to be shown"));
    }
}
