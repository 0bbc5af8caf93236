//! Images: a preview's operations, for Teams meetings only (reference 2.1). They are not done here, and say so.

use crate::error::ApiError;
use crate::extract::Caller;

pub(crate) async fn not_done(_: Caller) -> ApiError {
    ApiError::not_implemented("This service keeps no images. They are part of no stable version.")
}
