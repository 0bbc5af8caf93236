//! The built files on somebody else's host, under a path of its own, with the chat service on another origin.

use anyhow::Result;

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::process::FileHost;
use crate::support::stage::Stage;

#[tokio::test]
async fn the_files_work_on_a_plain_host() {
    Stage::play("elsewhere", Look::WIDE, elsewhere).await;
}

async fn elsewhere(stage: &Stage) -> Result<()> {
    let host = FileHost::start("team/chat", &stage.service.address).await?;
    let mei = stage.person_at("Mei", &host.address).await?;
    let talks =
        SignInPage::open(&mei).await?.sign_in().await?.start_thread("From elsewhere", &["Tomás"]).await?;
    talks.send("Files here, service there.").await?;

    // A deep link survives a reload: no host knows the path, for it is in the fragment.
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "From elsewhere").await?.sees("Files here, service there.").await?;
    mei.inspect("conversation").await
}
