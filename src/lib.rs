//! Natter, the chat web app.
