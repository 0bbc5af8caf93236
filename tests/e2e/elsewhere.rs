//! The built files on somebody else's host, under a path of its own, with the chat service on another origin.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::process::{FileHost, given};
use crate::support::stage::Stage;

#[tokio::test]
async fn the_files_work_on_a_plain_host() {
    Stage::play("elsewhere", Look::WIDE, elsewhere).await;
}

async fn elsewhere(stage: &Stage) -> Result<()> {
    let files = tempfile::tempdir()?;
    let folder = files.path().join("team/chat");
    copy(&given("NATTER_E2E_DIST")?, &folder)?;
    let config = format!(r#"{{"endpoint": "{}", "signInByName": true}}"#, stage.service.address);
    fs::write(folder.join("config.json"), config)?;
    let host = FileHost::start(files.path()).await?;

    let mei = stage.person_at("Mei", &format!("{}/team/chat", host.address)).await?;
    let talks =
        SignInPage::open(&mei).await?.sign_in().await?.start_thread("From elsewhere", &["Tomás"]).await?;
    talks.send("Files here, service there.").await?;

    // A deep link survives a reload: no host knows the path, for it is in the fragment.
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "From elsewhere").await?.sees("Files here, service there.").await?;
    mei.inspect("conversation").await
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}
