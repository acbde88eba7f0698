//! `switchboard profile show`.

use anyhow::bail;

use super::args::Profile;
use super::customer::Customer;
use super::open;
use super::output::Output;
use crate::config::Config;
use crate::model::id::ProfileId;
use crate::model::identifier::Identifier;

/// Shows one person.
pub(super) async fn run(command: &Profile, config: Config, out: &Output) -> anyhow::Result<()> {
    let Profile::Show { identifier } = command;
    let store = open::store(&config).await?;
    let found = match identifier.parse::<ProfileId>() {
        Ok(id) => store.profile(&id).await?,
        Err(_) => store.profile_by(&identifier.parse::<Identifier>()?).await?,
    };
    let Some(profile) = found else {
        bail!(
            "nobody is known as `{identifier}`; identifiers read as `namespace:value`, such as phone:+491701234567"
        );
    };
    let customer = Customer::load(&store, profile).await?;
    out.data(&customer.data(), || customer.words());
    store.close().await;
    Ok(())
}
