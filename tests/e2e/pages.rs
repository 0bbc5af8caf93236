//! Page objects: where things are on the screen. A journey names what is done, these know the markup.

mod assistant;
mod conversation;
mod details;
mod sign_in;
mod threads;

pub(crate) use assistant::AssistantPage;
pub(crate) use conversation::ConversationPage;
pub(crate) use details::{DetailsPage, History};
pub(crate) use sign_in::SignInPage;
pub(crate) use threads::ThreadsPage;
