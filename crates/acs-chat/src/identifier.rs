//! Who takes part: the identifier model of the wire and the one type we make of it (reference `acs-chat.md` 3.3).
//!
//! On the wire an identifier is an object with a `rawId`, perhaps a `kind`, and at most one nested model. Here it is an
//! enum; the raw id is always known, computed where the wire left it out.

use crate::id::RawId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The cloud that a Microsoft Teams identifier belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
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
impl<'de> Deserialize<'de> for Cloud {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.to_ascii_lowercase().as_str() {
            "dod" => Self::Dod,
            "gcch" => Self::Gcch,
            _ => Self::Public,
        })
    }
}

/// A participant, a sender or an initiator. Serialised as the wire's identifier model, always with `rawId`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// The wire's form. Unknown fields are ignored, everything is optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IdentifierModel {
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_id: Option<RawId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    communication_user: Option<CommunicationUserModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<PhoneNumberModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_user: Option<TeamsUserModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_app: Option<TeamsAppModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teams_extension_user: Option<TeamsExtensionUserModel>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct CommunicationUserModel {
    id: RawId,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PhoneNumberModel {
    value: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamsUserModel {
    user_id: String,
    #[serde(default)]
    is_anonymous: bool,
    #[serde(default)]
    cloud: Cloud,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamsAppModel {
    app_id: String,
    #[serde(default)]
    cloud: Cloud,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamsExtensionUserModel {
    user_id: String,
    tenant_id: String,
    resource_id: String,
    #[serde(default)]
    cloud: Cloud,
}

impl Serialize for CommunicationIdentifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut model = IdentifierModel { raw_id: Some(self.raw_id().clone()), ..IdentifierModel::default() };
        match self.clone() {
            Self::CommunicationUser { id } => model.communication_user = Some(CommunicationUserModel { id }),
            Self::PhoneNumber { value, .. } => model.phone_number = Some(PhoneNumberModel { value }),
            Self::MicrosoftTeamsUser { user_id, is_anonymous, cloud, .. } => {
                model.microsoft_teams_user = Some(TeamsUserModel { user_id, is_anonymous, cloud });
            }
            Self::MicrosoftTeamsApp { app_id, cloud, .. } => {
                model.microsoft_teams_app = Some(TeamsAppModel { app_id, cloud });
            }
            Self::TeamsExtensionUser { user_id, tenant_id, resource_id, cloud, .. } => {
                model.teams_extension_user =
                    Some(TeamsExtensionUserModel { user_id, tenant_id, resource_id, cloud });
            }
            Self::Unknown { .. } => {}
        }
        model.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CommunicationIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let model = IdentifierModel::deserialize(deserializer)?;
        let prefix = |cloud: Cloud| match cloud {
            Cloud::Public => "orgid",
            Cloud::Dod => "dod",
            Cloud::Gcch => "gcch",
        };
        let raw = |computed: String| model.raw_id.clone().unwrap_or_else(|| RawId::new(computed));
        if let Some(user) = model.communication_user {
            return Ok(Self::CommunicationUser { id: user.id });
        }
        if let Some(phone) = model.phone_number {
            return Ok(Self::PhoneNumber { raw_id: raw(format!("4:{}", phone.value)), value: phone.value });
        }
        if let Some(user) = model.microsoft_teams_user {
            let kind = if user.is_anonymous { "teamsvisitor" } else { prefix(user.cloud) };
            return Ok(Self::MicrosoftTeamsUser {
                raw_id: raw(format!("8:{kind}:{}", user.user_id)),
                user_id: user.user_id,
                is_anonymous: user.is_anonymous,
                cloud: user.cloud,
            });
        }
        if let Some(app) = model.microsoft_teams_app {
            return Ok(Self::MicrosoftTeamsApp {
                raw_id: raw(format!("28:{}:{}", prefix(app.cloud), app.app_id)),
                app_id: app.app_id,
                cloud: app.cloud,
            });
        }
        if let Some(user) = model.teams_extension_user {
            let kind = match user.cloud {
                Cloud::Public => "acs",
                Cloud::Dod => "dod-acs",
                Cloud::Gcch => "gcch-acs",
            };
            return Ok(Self::TeamsExtensionUser {
                raw_id: raw(format!("8:{kind}:{}_{}_{}", user.resource_id, user.tenant_id, user.user_id)),
                user_id: user.user_id,
                tenant_id: user.tenant_id,
                resource_id: user.resource_id,
                cloud: user.cloud,
            });
        }
        match model.raw_id {
            Some(raw_id) => Ok(Self::from_raw_id(raw_id.as_str())),
            None => Err(serde::de::Error::custom("an identifier needs a rawId or a nested model")),
        }
    }
}

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
