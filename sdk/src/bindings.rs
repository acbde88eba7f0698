//! What `wit-bindgen` makes of the contract: the types and imports once, and one world per capability,
//! so that a component exports exactly what its author registered.
#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]

/// The values and the functions of the host.
pub mod imports {
    wit_bindgen::generate!({
        path: "../wit",
        world: "imports",
        additional_derives: [PartialEq, Clone],
        generate_unused_types: true,
    });
}

macro_rules! capability {
    ($module:ident, $world:literal, $export:literal, $interface:ident) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: "../wit",
                world: $world,
                additional_derives: [PartialEq, Clone],
                generate_unused_types: true,
                pub_export_macro: true,
                export_macro_name: $export,
                default_bindings_module: "::switchboard_sdk::bindings",
                with: {
                    "switchboard:plugin/types@0.1.0": crate::bindings::imports::switchboard::plugin::types,
                    "switchboard:plugin/events@0.1.0": crate::bindings::imports::switchboard::plugin::events,
                    "switchboard:plugin/log@0.1.0": crate::bindings::imports::switchboard::plugin::log,
                    "switchboard:plugin/key-value@0.1.0": crate::bindings::imports::switchboard::plugin::key_value,
                    "switchboard:plugin/settings@0.1.0": crate::bindings::imports::switchboard::plugin::settings,
                    "switchboard:plugin/signing@0.1.0": crate::bindings::imports::switchboard::plugin::signing,
                    "switchboard:plugin/realtime@0.1.0": crate::bindings::imports::switchboard::plugin::realtime,
                },
            });
            pub use exports::switchboard::plugin::$interface::*;
        }
    };
}

capability!(webhook, "webhook-plugin", "export_webhook", webhook);
capability!(sender, "sender-plugin", "export_sender", sender);
capability!(poller, "poller-plugin", "export_poller", poller);
capability!(actions, "actions-plugin", "export_actions", actions);
capability!(assistant, "assistant-plugin", "export_assistant", assistant);
