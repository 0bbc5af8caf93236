//! Who takes part: the identifier model of the wire and the one type we make of it (reference `acs-chat.md` 3.3).
//!
//! On the wire an identifier is an object with a `rawId`, perhaps a `kind`, and at most one nested model. Here it is an
//! enum; the raw id is always known, computed where the wire left it out.

use crate::fields::{Fields, FromFields, InvalidField, try_from_value};
use crate::id::RawId;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// The cloud that a Microsoft Teams identifier belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", from = "String")]
pub enum Cloud {
    /// The public cloud.
    #[default]
    Public,
    /// The cloud of the US Department of Defense.
    Dod,
    /// The US government community cloud, high.
    Gcch,
}

/// Any case is read (`"PUBLIC"` from Python), and what is not known counts as public.
impl From<String> for Cloud {
    fn from(name: String) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "dod" => Self::Dod,
            "gcch" => Self::Gcch,
            _ => Self::Public,
        }
    }
}

impl Cloud {
    /// Of a model that may not name one.
    fn of(model: &mut Fields) -> Self {
        model.optional_text("cloud").map(Self::from).unwrap_or_default()
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Dod => "dod",
            Self::Gcch => "gcch",
        }
    }

    /// What stands for it in a raw id.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Public => "orgid",
            Self::Dod => "dod",
            Self::Gcch => "gcch",
        }
    }
}

/// A participant, a sender or an initiator. Serialised as the wire's identifier model, always with `rawId`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "Value")]
pub enum CommunicationIdentifier {
    /// A user of a Communication Services resource: `8:acs:<resource>_<user>`.
    CommunicationUser {
        /// The raw id, which for these users is also their id.
        id: RawId,
    },
    /// A phone number: `4:+15551234567`.
    PhoneNumber {
        /// The raw id.
        raw_id: RawId,
        /// The number in E.164 form.
        value: String,
    },
    /// A Teams user: `8:orgid:<object id>`, or `8:teamsvisitor:<id>` when anonymous.
    MicrosoftTeamsUser {
        /// The raw id.
        raw_id: RawId,
        /// The object id in Entra, or the visitor's id.
        user_id: String,
        /// Joined without an account.
        is_anonymous: bool,
        /// Which cloud.
        cloud: Cloud,
    },
    /// A Teams application: `28:orgid:<id>`.
    MicrosoftTeamsApp {
        /// The raw id.
        raw_id: RawId,
        /// The application's id.
        app_id: String,
        /// Which cloud.
        cloud: Cloud,
    },
    /// A Teams user who works through a resource: `8:acs:<resource>_<tenant>_<user>`.
    TeamsExtensionUser {
        /// The raw id.
        raw_id: RawId,
        /// The user's id.
        user_id: String,
        /// The tenant's id.
        tenant_id: String,
        /// The resource's id.
        resource_id: String,
        /// Which cloud.
        cloud: Cloud,
    },
    /// Any other, by its raw id.
    Unknown {
        /// The raw id.
        raw_id: RawId,
    },
}

impl CommunicationIdentifier {
    /// A user of a Communication Services resource.
    pub fn communication_user(id: impl Into<String>) -> Self {
        Self::CommunicationUser { id: RawId::new(id) }
    }

    /// The raw id, which names this identifier and nobody else.
    #[must_use]
    pub fn raw_id(&self) -> &RawId {
        match self {
            Self::CommunicationUser { id } => id,
            Self::PhoneNumber { raw_id, .. }
            | Self::MicrosoftTeamsUser { raw_id, .. }
            | Self::MicrosoftTeamsApp { raw_id, .. }
            | Self::TeamsExtensionUser { raw_id, .. }
            | Self::Unknown { raw_id } => raw_id,
        }
    }

    /// Tells the kind of an identifier from its raw id alone, by the prefixes of 3.3.
    #[must_use]
    pub fn from_raw_id(raw_id: &str) -> Self {
        let raw = RawId::new(raw_id);
        let mut parts = raw_id.splitn(3, ':');
        let (first, second, rest) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
        let cloud = match second {
            "dod" | "dod-acs" => Cloud::Dod,
            "gcch" | "gcch-acs" => Cloud::Gcch,
            _ => Cloud::Public,
        };
        match (first, second, rest) {
            ("4", value, None) if !value.is_empty() => {
                Self::PhoneNumber { raw_id: raw.clone(), value: value.to_owned() }
            }
            ("8", "acs" | "dod-acs" | "gcch-acs", Some(rest)) => {
                match *rest.split('_').collect::<Vec<_>>().as_slice() {
                    [resource_id, tenant_id, user_id] => Self::TeamsExtensionUser {
                        raw_id: raw.clone(),
                        user_id: user_id.to_owned(),
                        tenant_id: tenant_id.to_owned(),
                        resource_id: resource_id.to_owned(),
                        cloud,
                    },
                    _ => Self::CommunicationUser { id: raw },
                }
            }
            ("8", "spool", Some(_)) => Self::CommunicationUser { id: raw },
            ("8", "orgid" | "dod" | "gcch", Some(rest)) => Self::MicrosoftTeamsUser {
                raw_id: raw.clone(),
                user_id: rest.to_owned(),
                is_anonymous: false,
                cloud,
            },
            ("8", "teamsvisitor", Some(rest)) => Self::MicrosoftTeamsUser {
                raw_id: raw.clone(),
                user_id: rest.to_owned(),
                is_anonymous: true,
                cloud,
            },
            ("28", "orgid" | "dod" | "gcch", Some(rest)) => {
                Self::MicrosoftTeamsApp { raw_id: raw.clone(), app_id: rest.to_owned(), cloud }
            }
            _ => Self::Unknown { raw_id: raw },
        }
    }
}

/// A field of the model in an identifier.
#[derive(Serialize)]
#[serde(untagged)]
enum Part<'a> {
    Text(&'a str),
    Flag(bool),
}

/// The model in an identifier, which is written as an object.
struct Model<'a>(Vec<(&'static str, Part<'a>)>);

impl Serialize for Model<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, part)| (name, part)))
    }
}

impl CommunicationIdentifier {
    /// The model that the wire has for this kind, and its name.
    fn model(&self) -> Option<(&'static str, Model<'_>)> {
        use Part::{Flag, Text};
        let (name, parts) = match self {
            Self::CommunicationUser { id } => ("communicationUser", vec![("id", Text(id.as_str()))]),
            Self::PhoneNumber { value, .. } => ("phoneNumber", vec![("value", Text(value))]),
            Self::MicrosoftTeamsUser { user_id, is_anonymous, cloud, .. } => {
                let flag = ("isAnonymous", Flag(*is_anonymous));
                ("microsoftTeamsUser", vec![("userId", Text(user_id)), flag, ("cloud", Text(cloud.as_str()))])
            }
            Self::MicrosoftTeamsApp { app_id, cloud, .. } => {
                ("microsoftTeamsApp", vec![("appId", Text(app_id)), ("cloud", Text(cloud.as_str()))])
            }
            Self::TeamsExtensionUser { user_id, tenant_id, resource_id, cloud, .. } => {
                let (user, tenant) = (("userId", Text(user_id)), ("tenantId", Text(tenant_id)));
                let (resource, cloud) = (("resourceId", Text(resource_id)), ("cloud", Text(cloud.as_str())));
                ("teamsExtensionUser", vec![user, tenant, resource, cloud])
            }
            Self::Unknown { .. } => return None,
        };
        Some((name, Model(parts)))
    }
}

impl Serialize for CommunicationIdentifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rawId", self.raw_id().as_str())?;
        if let Some((name, model)) = self.model() {
            map.serialize_entry(name, &model)?;
        }
        map.end()
    }
}

/// An object with a raw id, or with one of the models, from which the raw id is then computed.
impl FromFields for CommunicationIdentifier {
    fn from_fields(fields: &mut Fields) -> Self {
        let raw_id = fields.optional_text("rawId");
        let raw = |computed: String| RawId::new(raw_id.clone().unwrap_or(computed));
        if let Some(mut user) = fields.inner("communicationUser") {
            let id = RawId::new(user.text("id"));
            fields.adopt("communicationUser", user);
            return Self::CommunicationUser { id };
        }
        if let Some(mut phone) = fields.inner("phoneNumber") {
            let value = phone.text("value");
            fields.adopt("phoneNumber", phone);
            return Self::PhoneNumber { raw_id: raw(format!("4:{value}")), value };
        }
        if let Some(mut user) = fields.inner("microsoftTeamsUser") {
            let (user_id, cloud) = (user.text("userId"), Cloud::of(&mut user));
            let is_anonymous = user.optional_flag("isAnonymous").unwrap_or_default();
            fields.adopt("microsoftTeamsUser", user);
            let kind = if is_anonymous { "teamsvisitor" } else { cloud.prefix() };
            let raw_id = raw(format!("8:{kind}:{user_id}"));
            return Self::MicrosoftTeamsUser { raw_id, user_id, is_anonymous, cloud };
        }
        if let Some(mut app) = fields.inner("microsoftTeamsApp") {
            let (app_id, cloud) = (app.text("appId"), Cloud::of(&mut app));
            fields.adopt("microsoftTeamsApp", app);
            let raw_id = raw(format!("28:{}:{app_id}", cloud.prefix()));
            return Self::MicrosoftTeamsApp { raw_id, app_id, cloud };
        }
        if let Some(mut user) = fields.inner("teamsExtensionUser") {
            let (user_id, tenant_id) = (user.text("userId"), user.text("tenantId"));
            let (resource_id, cloud) = (user.text("resourceId"), Cloud::of(&mut user));
            fields.adopt("teamsExtensionUser", user);
            let kind = match cloud {
                Cloud::Public => "acs",
                Cloud::Dod => "dod-acs",
                Cloud::Gcch => "gcch-acs",
            };
            let raw_id = raw(format!("8:{kind}:{resource_id}_{tenant_id}_{user_id}"));
            return Self::TeamsExtensionUser { raw_id, user_id, tenant_id, resource_id, cloud };
        }
        if raw_id.is_none() {
            fields.note(InvalidField::Missing("rawId"));
        }
        Self::from_raw_id(&raw_id.unwrap_or_default())
    }
}

try_from_value!(CommunicationIdentifier);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_round_trips_with_its_raw_id() {
        for (raw_id, value) in [
            ("8:acs:R_U", json!({"rawId": "8:acs:R_U", "communicationUser": {"id": "8:acs:R_U"}})),
            ("4:+1555", json!({"rawId": "4:+1555", "phoneNumber": {"value": "+1555"}})),
            (
                "8:orgid:O",
                json!({"rawId": "8:orgid:O",
                       "microsoftTeamsUser": {"userId": "O", "isAnonymous": false, "cloud": "public"}}),
            ),
            (
                "8:teamsvisitor:V",
                json!({"rawId": "8:teamsvisitor:V",
                       "microsoftTeamsUser": {"userId": "V", "isAnonymous": true, "cloud": "public"}}),
            ),
            (
                "28:gcch:A",
                json!({"rawId": "28:gcch:A", "microsoftTeamsApp": {"appId": "A", "cloud": "gcch"}}),
            ),
            (
                "8:acs:R_T_U",
                json!({"rawId": "8:acs:R_T_U", "teamsExtensionUser":
                       {"userId": "U", "tenantId": "T", "resourceId": "R", "cloud": "public"}}),
            ),
            ("48:bot", json!({"rawId": "48:bot"})),
        ] {
            let from_raw = CommunicationIdentifier::from_raw_id(raw_id);
            assert_eq!(from_raw.raw_id().as_str(), raw_id);
            assert_eq!(serde_json::to_value(&from_raw).unwrap(), value, "{raw_id}");
            assert_eq!(
                serde_json::from_value::<CommunicationIdentifier>(value).unwrap(),
                from_raw,
                "{raw_id}"
            );
        }
    }

    #[test]
    fn a_missing_raw_id_is_computed_and_an_odd_case_is_read() {
        let read = |value| serde_json::from_value::<CommunicationIdentifier>(value);
        let user =
            read(json!({"kind": "communicationUser", "communicationUser": {"id": "8:acs:R_U"}})).unwrap();
        assert_eq!(user, CommunicationIdentifier::communication_user("8:acs:R_U"));
        let teams = read(json!({"microsoftTeamsUser": {"userId": "O", "cloud": "PUBLIC"}})).unwrap();
        assert_eq!(teams.raw_id().as_str(), "8:orgid:O");
        assert!(read(json!({})).is_err());
    }
}
