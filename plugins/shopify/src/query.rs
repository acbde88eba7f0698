//! The questions to the Admin GraphQL API. Aliases give every field the name it has in a webhook, so that
//! one set of types reads both and a poll tells exactly what the webhook would have told.

/// A customer.
const CUSTOMER: &str = "fragment CustomerParts on Customer {\
  id: legacyResourceId admin_graphql_api_id: id first_name: firstName last_name: lastName state \
  verified_email: verifiedEmail locale note tags created_at: createdAt updated_at: updatedAt \
  orders_count: numberOfOrders amount_spent: amountSpent { amount currency_code: currencyCode } \
  default_email: defaultEmailAddress { email: emailAddress state: marketingState \
    opt_in_level: marketingOptInLevel consent_updated_at: marketingUpdatedAt } \
  default_phone: defaultPhoneNumber { phone: phoneNumber state: marketingState \
    opt_in_level: marketingOptInLevel consent_updated_at: marketingUpdatedAt } \
  default_address: defaultAddress { ...AddressParts } }";

/// An address.
const ADDRESS: &str = "fragment AddressParts on MailingAddress {\
  first_name: firstName last_name: lastName company address1 address2 city zip \
  province_code: provinceCode country_code: countryCodeV2 phone }";

/// What the customer saw of an amount.
const MONEY: &str = "fragment MoneyParts on MoneyBag {\
  presentment_money: presentmentMoney { amount currency_code: currencyCode } }";

/// An order with its first `$items` lines. Every object asked for costs a point, a query may cost 1,000:
/// fifteen lines, three parcels and three refunds are about 80.
const ORDER: &str = "fragment OrderParts on Order {\
  id: legacyResourceId admin_graphql_api_id: id name email phone note tags \
  financial_status: displayFinancialStatus fulfillment_status: displayFulfillmentStatus \
  cancelled_at: cancelledAt cancel_reason: cancelReason closed_at: closedAt created_at: createdAt \
  processed_at: processedAt updated_at: updatedAt customer_locale: customerLocale \
  order_status_url: statusPageUrl total_price_set: totalPriceSet { ...MoneyParts } \
  customer { ...CustomerParts } billing_address: billingAddress { ...AddressParts } \
  shipping_address: shippingAddress { ...AddressParts } \
  line_items: lineItems(first: $items) { nodes { id name quantity sku \
    price_set: originalUnitPriceSet { ...MoneyParts } } page: pageInfo { more: hasNextPage } } \
  fulfillments(first: 3) { id: legacyResourceId name status shipment_status: displayStatus \
    created_at: createdAt updated_at: updatedAt tracking_info: trackingInfo(first: 3) { company number url } } \
  refunds(first: 3) { id: legacyResourceId created_at: createdAt note \
    total_refunded_set: totalRefundedSet { ...MoneyParts } } }";

/// Customers changed since a moment, the longest unchanged first.
pub(crate) fn customers() -> String {
    format!(
        "query Customers($first: Int!, $after: String, $query: String!) {{ \
         records: customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ \
         nodes {{ ...CustomerParts }} page: pageInfo {{ more: hasNextPage cursor: endCursor }} }} }} \
         {CUSTOMER} {ADDRESS}"
    )
}

/// How many lines of an order a list of orders asks for.
pub(crate) const FEW_ITEMS: u32 = 15;
/// How many lines a question for one order asks for; the API allows no more at once.
pub(crate) const ALL_ITEMS: u32 = 250;

/// Orders changed since a moment, or found by number or mail.
pub(crate) fn orders() -> String {
    format!(
        "query Orders($first: Int!, $after: String, $query: String!, $items: Int!) {{ \
         records: orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ \
         nodes {{ ...OrderParts }} page: pageInfo {{ more: hasNextPage cursor: endCursor }} }} }} \
         {ORDER} {CUSTOMER} {ADDRESS} {MONEY}"
    )
}

/// One order.
pub(crate) fn order() -> String {
    format!(
        "query Order($id: ID!, $items: Int!) {{ record: order(id: $id) {{ ...OrderParts }} }} \
         {ORDER} {CUSTOMER} {ADDRESS} {MONEY}"
    )
}

/// One customer, by number, mail address or phone.
pub(crate) fn customer() -> String {
    format!(
        "query Customer($identifier: CustomerIdentifierInput!) {{ \
         record: customerByIdentifier(identifier: $identifier) {{ ...CustomerParts }} }} \
         {CUSTOMER} {ADDRESS}"
    )
}

/// Changes a customer.
pub(crate) fn customer_update() -> String {
    format!(
        "mutation CustomerUpdate($input: CustomerInput!) {{ done: customerUpdate(input: $input) {{ \
         record: customer {{ ...CustomerParts }} errors: userErrors {{ field message }} }} }} \
         {CUSTOMER} {ADDRESS}"
    )
}

/// Cancels an order.
pub(crate) const ORDER_CANCEL: &str = "mutation OrderCancel($orderId: ID!, $reason: OrderCancelReason!, \
    $refundMethod: OrderCancelRefundMethodInput, $restock: Boolean!, $notifyCustomer: Boolean, \
    $staffNote: String) { done: orderCancel(orderId: $orderId, reason: $reason, refundMethod: $refundMethod, \
    restock: $restock, notifyCustomer: $notifyCustomer, staffNote: $staffNote) { job { id done } \
    errors: orderCancelUserErrors { field message code } } }";

#[cfg(test)]
pub(crate) fn all() -> Vec<String> {
    vec![customers(), orders(), order(), customer(), customer_update(), ORDER_CANCEL.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fragment_that_is_used_is_defined_once_and_every_bracket_closes() {
        for query in all() {
            for part in ["AddressParts", "CustomerParts", "MoneyParts", "OrderParts"] {
                let used = query.contains(&format!("...{part}"));
                let defined = query.matches(&format!("fragment {part} on")).count();
                assert_eq!(defined, usize::from(used), "{part} in {query}");
            }
            for (open, close) in [('{', '}'), ('(', ')')] {
                assert_eq!(query.matches(open).count(), query.matches(close).count(), "{query}");
            }
            println!("{query}");
        }
    }
}
