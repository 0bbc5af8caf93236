//! The names of operations: those of `openapi.json`.

use axum::http::Method;

/// What a request asks for, by its method and the route that it found. What is routed but not done has no name of its own.
pub(crate) fn operation(method: &Method, route: Option<&str>) -> &'static str {
    let Some(route) = route else { return "getFile" };
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    match (method, route) {
        ("POST", "/chat/threads") => "createChatThread",
        ("GET", "/chat/threads") => "listChatThreads",
        ("GET", "/chat/threads/{thread}") => "getChatThread",
        ("PATCH", "/chat/threads/{thread}") => "updateChatThread",
        ("DELETE", "/chat/threads/{thread}") => "deleteChatThread",
        ("POST", "/chat/threads/{thread}/messages") => "sendChatMessage",
        ("GET", "/chat/threads/{thread}/messages") => "listChatMessages",
        ("GET", "/chat/threads/{thread}/messages/{message}") => "getChatMessage",
        ("PATCH", "/chat/threads/{thread}/messages/{message}") => "updateChatMessage",
        ("DELETE", "/chat/threads/{thread}/messages/{message}") => "deleteChatMessage",
        ("GET", "/chat/threads/{thread}/participants") => "listChatParticipants",
        ("POST", "/chat/threads/{thread}/participants/:add") => "addChatParticipants",
        ("POST", "/chat/threads/{thread}/participants/:remove") => "removeChatParticipant",
        ("POST", "/chat/threads/{thread}/typing") => "sendTypingNotification",
        ("POST", "/chat/threads/{thread}/readReceipts") => "sendReadReceipt",
        ("GET", "/chat/threads/{thread}/readReceipts") => "listReadReceipts",
        ("POST", "/identities") => "createIdentity",
        ("DELETE", "/identities/{id}") => "deleteIdentity",
        ("POST", "/identities/{id}/:issueAccessToken") => "issueAccessToken",
        ("POST", "/identities/{id}/:revokeAccessTokens") => "revokeAccessTokens",
        ("POST", "/teamsUser/:exchangeAccessToken") => "exchangeTeamsUserAccessToken",
        ("GET", "/natter/v1/health") => "getHealth",
        ("GET", "/natter/v1/openapi.json") => "getDescription",
        ("GET", "/natter/v1/events") => "listenToEvents",
        ("GET", "/natter/v1/event-subscriptions") => "listEventSubscriptions",
        ("POST", "/natter/v1/event-subscriptions") => "createEventSubscription",
        ("DELETE", "/natter/v1/event-subscriptions/{id}") => "deleteEventSubscription",
        ("GET", "/natter/v1/event-subscriptions/{id}/dead-letters") => "listDeadLetters",
        ("POST", "/natter/v1/event-subscriptions/{id}/replay") => "replayDeadLetters",
        ("GET", "/natter/v1/event-validation/{token}") => "validateEventSubscription",
        ("GET", "/natter/v1/assistant") => "getAssistant",
        ("POST", "/natter/v1/assistant") => "askAssistant",
        ("GET", "/natter/v1/translations") => "getTranslator",
        ("POST", "/natter/v1/translations") => "translate",
        ("GET", "/v1/models") => "listModels",
        ("POST", "/v1/chat/completions") => "createChatCompletion",
        ("POST", "/natter/v1/sign-in") => "signIn",
        ("GET", "/natter/v1/people") => "listPeople",
        ("POST", "/natter/v1/people") => "createPerson",
        ("GET", "/natter/v1/metrics") => "getMetrics",
        ("POST", "/natter/v1/operator/sessions") => "createOperatorSession",
        ("GET", "/natter/v1/operator/figures") => "getFigures",
        ("POST", "/natter/v1/operator/subscriptions/{id}/replay") => "replayAsOperator",
        ("GET", "/natter/v1/operator/alerts") => "listAlerts",
        ("POST", "/natter/v1/operator/alerts") => "createAlert",
        ("DELETE", "/natter/v1/operator/alerts/{id}") => "deleteAlert",
        ("OPTIONS", _) => "preflight",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_is_described_has_its_name() {
        let description: serde_json::Value =
            serde_json::from_str(include_str!("../../openapi.json")).unwrap();
        let mut count = 0;
        for (path, methods) in description["paths"].as_object().unwrap() {
            let route = path.replace("{threadId}", "{thread}").replace("{messageId}", "{message}");
            for (method, described) in methods.as_object().unwrap() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                assert_eq!(operation(&method, Some(&route)), described["operationId"], "{method} {path}");
                count += 1;
            }
        }
        assert!(count > 36, "{count}");
        assert_eq!(operation(&Method::HEAD, Some("/chat/threads")), "listChatThreads");
        assert_eq!(operation(&Method::GET, None), "getFile");
    }
}
