//! What the contract (`wit/`) generates. Nothing of it leaves `plugin`: `convert` turns it into the hub's
//! own types and back.
#![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]

wasmtime::component::bindgen!({
    inline: r#"
        package switchboard:host;

        // What the host can call; a component exports what it can do.
        world plugin {
            include switchboard:plugin/imports@0.1.0;
            export switchboard:plugin/webhook@0.1.0;
            export switchboard:plugin/sender@0.1.0;
            export switchboard:plugin/poller@0.1.0;
            export switchboard:plugin/actions@0.1.0;
            export switchboard:plugin/assistant@0.1.0;
        }
    "#,
    path: "../wit",
    imports: {
        "switchboard:plugin/log": trappable,
        "switchboard:plugin/settings": trappable,
        default: async | trappable,
    },
    exports: { default: async },
});

pub(super) use exports::switchboard::plugin::{actions, assistant, poller, sender, webhook};
pub(super) use switchboard::plugin::{events, key_value, log, realtime, settings, signing, types};
