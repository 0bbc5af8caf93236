//! What somebody sees first, on every kind of screen: a picture, the accessibility check, a silent console.

use anyhow::{Result, ensure};

use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::stage::Stage;

#[tokio::test]
async fn the_first_screens_are_sound_on_every_screen() {
    for look in [Look::WIDE, Look::WIDE_DARK, Look::TABLET, Look::PHONE, Look::CHINESE] {
        Stage::play("first-sight", look, first_sight).await;
    }
}

async fn first_sight(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let sign_in = SignInPage::open(&mei).await?;
    mei.inspect("sign-in").await?;
    let title = mei.see(".sign-in__title").await?.text().await?;
    let english = stage.look.language.starts_with("en");
    ensure!((title == "Good to see you.") == english, "{} gets {title:?}", stage.look.language);
    sign_in.sign_in().await?;
    mei.inspect("empty").await
}
