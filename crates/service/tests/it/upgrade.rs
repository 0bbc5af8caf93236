//! A database that an earlier service wrote.

use crate::harness::{TestApp, field, identifier};
use serde_json::json;
use sqlx::{Connection as _, Executor as _};

#[tokio::test]
async fn lists_are_the_same_after_an_upgrade() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        app.pass_ms(1000);
        ids.push(app.say(&ann, &thread, "x").await);
    }
    let body = json!({"participants": [{"communicationIdentifier": identifier(&bob.id),
                                        "shareHistoryTime": "2025-01-02T03:04:09Z"}]});
    app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    for id in [&ids[3], &ids[0], &ids[3]] {
        app.patch(&ann, &format!("{thread}/messages/{id}"), json!({"content": "y"})).await.ok(204);
    }
    let (anns, bobs) = (app.messages(&ann, &thread).await, app.messages(&bob, &thread).await);
    assert_eq!((anns.len(), bobs.len()), (9, 4));
    assert_eq!(field(&bobs, "id")[0], ids[3]);

    // As it was before migration 3.
    let file = format!("sqlite://{}", app.settings.data.join("natter.sqlite3").display());
    let mut database = sqlx::SqliteConnection::connect(&file).await.unwrap();
    database.execute("ALTER TABLE message DROP COLUMN first_sequence").await.unwrap();
    database.execute("DELETE FROM _sqlx_migrations WHERE version = 3").await.unwrap();
    drop(database);
    let app = app.reopen().await;
    assert_eq!(app.messages(&ann, &thread).await, anns);
    assert_eq!(app.messages(&bob, &thread).await, bobs);
}
