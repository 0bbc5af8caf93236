//! `/natter/v1/people`: whom one can add to a thread by name. Only those who signed in by name, or were named here.

use crate::domain::name::{PersonName, name_key};
use crate::error::ApiError;
use crate::extract::{Caller, Json};
use crate::paging::ListQuery;
use crate::state::AppState;
use crate::store::Person;
use acs_chat::{Collection, RawId};
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// As many as one looks at under a field for a name.
const FOUND: u32 = 20;

#[derive(Deserialize)]
pub(crate) struct PersonRequest {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonItem {
    user_id: RawId,
    display_name: String,
}

impl From<Person> for PersonItem {
    fn from(person: Person) -> Self {
        Self { user_id: person.identity.id, display_name: person.display_name }
    }
}

pub(crate) async fn list(
    State(state): State<AppState>,
    _: Caller,
    query: ListQuery,
) -> Result<axum::Json<Collection<PersonItem>>, ApiError> {
    let prefix = name_key(query.0.get("name").map_or("", String::as_str));
    let people = state.store().people(prefix, FOUND).await?;
    Ok(axum::Json(Collection { value: people.into_iter().map(PersonItem::from).collect(), next_link: None }))
}

/// Somebody of this name, so that a thread can be started with a person who has not signed in yet.
pub(crate) async fn create(
    State(state): State<AppState>,
    _: Caller,
    Json(request): Json<PersonRequest>,
) -> Result<axum::Json<PersonItem>, ApiError> {
    Ok(axum::Json(state.store().person(PersonName::new(&request.name)?).await?.into()))
}
