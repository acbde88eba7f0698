//! What Meta's webhook bodies look like, as far as this plugin reads them.
//!
//! Everything borrows from the body and nothing insists; see [`crate::lenient`]. What is not read here is
//! not lost, for the body itself is kept as the events' source.

use switchboard_sdk::json::Raw;
use switchboard_sdk::record;

use crate::field::{List, Object, Text};

record! {
    /// A whole body.
    pub(crate) struct Body {
        object: Text<'a>,
        entry: List<Entry<'a>>,
    }

    /// What happened to one WhatsApp Business account.
    pub(crate) struct Entry {
        time: Text<'a>,
        changes: List<Change<'a>>,
    }

    /// One change: the name of the subscribed field, and its news.
    pub(crate) struct Change {
        field: Text<'a>,
        value: Object<Value<'a>>,
    }

    /// The news of a change. Fields about the account itself have none of these lists.
    pub(crate) struct Value {
        metadata: Object<Metadata<'a>>,
        contacts: List<Contact<'a>>,
        messages: List<Message<'a>>,
        message_echoes: List<Message<'a>>,
        statuses: List<Status<'a>>,
        history: List<Chunk<'a>>,
        user_id_update: List<UserIdUpdate<'a>>,
        user_preferences: List<Sundry<'a>>,
        calls: List<Sundry<'a>>,
        groups: List<Sundry<'a>>,
        state_sync: List<Sundry<'a>>,
        errors: List<Fault<'a>>,
    }

    /// Which number of the business it is about; in an address book's news, when it changed.
    pub(crate) struct Metadata {
        display_phone_number: Text<'a>,
        phone_number_id: Text<'a>,
        timestamp: Text<'a>,
    }

    /// The card of a person. `wa_id` may be missing since usernames can hide the number.
    pub(crate) struct Contact {
        wa_id: Text<'a>,
        user_id: Text<'a>,
        parent_user_id: Text<'a>,
        profile: Object<Profile<'a>>,
        // The shape of a card in the business's own address book.
        phone_number: Text<'a>,
        full_name: Text<'a>,
        first_name: Text<'a>,
        username: Text<'a>,
    }

    /// What a person calls themselves.
    pub(crate) struct Profile {
        name: Text<'a>,
        username: Text<'a>,
    }

    /// A message. Its content stands under a member named as its `type` says.
    pub(crate) struct Message {
        id: Text<'a>,
        kind("type"): Text<'a>,
        timestamp: Text<'a>,
        from: Text<'a>,
        from_user_id: Text<'a>,
        from_parent_user_id: Text<'a>,
        to: Text<'a>,
        to_user_id: Text<'a>,
        to_parent_user_id: Text<'a>,
        group_id: Text<'a>,
        context: Object<Context<'a>>,
        referral: Option<Raw<'a>>,
        text: Object<Plain<'a>>,
        image: Option<Raw<'a>>,
        audio: Option<Raw<'a>>,
        voice: Option<Raw<'a>>,
        video: Option<Raw<'a>>,
        document: Option<Raw<'a>>,
        sticker: Option<Raw<'a>>,
        location: Option<Raw<'a>>,
        contacts: Option<Raw<'a>>,
        button: Option<Raw<'a>>,
        interactive: Option<Raw<'a>>,
        reaction: Option<Raw<'a>>,
        order: Option<Raw<'a>>,
        system: Option<Raw<'a>>,
        edit: Option<Raw<'a>>,
        revoke: Option<Raw<'a>>,
        unsupported: Option<Raw<'a>>,
    }

    /// Words alone, the common case.
    pub(crate) struct Plain {
        body: Text<'a>,
    }

    /// What a message answers.
    pub(crate) struct Context {
        id: Text<'a>,
        referred_product: Option<Raw<'a>>,
    }

    /// The small objects inside messages, all in one: each uses a few of these members.
    pub(crate) struct Words {
        body: Text<'a>,
        id: Text<'a>,
        title: Text<'a>,
        kind("type"): Text<'a>,
        name: Text<'a>,
        text: Text<'a>,
        payload: Text<'a>,
        caption: Text<'a>,
        filename: Text<'a>,
        mime_type: Text<'a>,
        sha256: Text<'a>,
        url: Text<'a>,
        file_size: Text<'a>,
        latitude: Option<f64>,
        longitude: Option<f64>,
        address: Text<'a>,
        message_id: Text<'a>,
        emoji: Text<'a>,
        original_message_id: Text<'a>,
        message: Option<Raw<'a>>,
        button_reply: Option<Raw<'a>>,
        list_reply: Option<Raw<'a>>,
        nfm_reply: Option<Raw<'a>>,
        call_permission_reply: Option<Raw<'a>>,
        response_json: Text<'a>,
        response: Text<'a>,
        wa_id: Text<'a>,
        new_wa_id: Text<'a>,
        customer: Text<'a>,
        user_id: Text<'a>,
        parent_user_id: Text<'a>,
        marketing: Text<'a>,
        reference_id: Text<'a>,
        currency: Text<'a>,
        amount: Object<Amount<'a>>,
    }

    /// An amount of money as payments write it: `value` divided by `offset`.
    pub(crate) struct Amount {
        value: Text<'a>,
        offset: Text<'a>,
    }

    /// News of a message, call or payment on its way.
    pub(crate) struct Status {
        id: Text<'a>,
        status: Text<'a>,
        kind("type"): Text<'a>,
        timestamp: Text<'a>,
        recipient_id: Text<'a>,
        recipient_user_id: Text<'a>,
        parent_recipient_user_id: Text<'a>,
        recipient_type: Text<'a>,
        recipient_participant_id: Text<'a>,
        recipient_participant_user_id: Text<'a>,
        recipient_participant_parent_user_id: Text<'a>,
        biz_opaque_callback_data: Text<'a>,
        errors: List<Fault<'a>>,
        payment: Option<Raw<'a>>,
    }

    /// An error of Meta's, in a webhook or in the answer to a request.
    pub(crate) struct Fault {
        code: Text<'a>,
        title: Text<'a>,
        message: Text<'a>,
        details: Text<'a>,
        error_data: Object<FaultData<'a>>,
        error_subcode: Text<'a>,
        error_user_msg: Text<'a>,
        is_transient: Text<'a>,
    }

    /// More of an error.
    pub(crate) struct FaultData {
        details: Text<'a>,
    }

    /// A part of the history of a number that was in use before it was connected.
    pub(crate) struct Chunk {
        threads: List<Thread<'a>>,
        errors: List<Fault<'a>>,
    }

    /// The history with one person.
    pub(crate) struct Thread {
        id: Text<'a>,
        context: Object<Contact<'a>>,
        messages: List<Message<'a>>,
    }

    /// A business-scoped id that was replaced by another.
    pub(crate) struct UserIdUpdate {
        wa_id: Text<'a>,
        timestamp: Text<'a>,
        user_id: Object<Swap<'a>>,
        parent_user_id: Object<Swap<'a>>,
    }

    /// Before and after.
    pub(crate) struct Swap {
        previous: Text<'a>,
        current: Text<'a>,
    }

    /// Calls, preferences, groups and address-book news, all in one: each uses a few of these members.
    pub(crate) struct Sundry {
        id: Text<'a>,
        kind("type"): Text<'a>,
        timestamp: Text<'a>,
        from: Text<'a>,
        from_user_id: Text<'a>,
        from_parent_user_id: Text<'a>,
        to: Text<'a>,
        to_user_id: Text<'a>,
        to_parent_user_id: Text<'a>,
        wa_id: Text<'a>,
        user_id: Text<'a>,
        parent_user_id: Text<'a>,
        username: Text<'a>,
        event: Text<'a>,
        status: Text<'a>,
        direction: Text<'a>,
        duration: Text<'a>,
        category: Text<'a>,
        value: Text<'a>,
        detail: Text<'a>,
        action: Text<'a>,
        contact: Object<Contact<'a>>,
        metadata: Object<Metadata<'a>>,
    }
}
