//! How far two people agree in one field.

use serde::Serialize;

/// What is compared. Each field counts once, with the best agreement of any two of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// An identifier that one of the two typed, and the other is known by.
    Claim,
    /// The name, in any order.
    Name,
    /// The date of birth.
    Birthday,
    /// The mail address.
    Mail,
    /// The phone number.
    Phone,
    /// A number that an authority gives.
    NationalId,
    /// Street and house.
    Street,
    /// Postcode and city.
    Place,
    /// Where the person works.
    Company,
    /// Not compared: what people of one household share, where the names say that they are two of it.
    Household,
}

impl Field {
    /// The word that the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Name => "name",
            Self::Birthday => "birthday",
            Self::Mail => "mail",
            Self::Phone => "phone",
            Self::NationalId => "national-id",
            Self::Street => "street",
            Self::Place => "place",
            Self::Company => "company",
            Self::Household => "household",
        }
    }
}

macro_rules! levels {
    ($($(#[doc = $doc:literal])+ $level:ident = $field:ident,)+) => {
        /// One degree of agreement in one field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Level {
            $($(#[doc = $doc])+ $level,)+
        }

        impl Level {
            /// Every level, a field's best first.
            pub const ALL: &[Self] = &[$(Self::$level,)+];

            /// The field it is a degree of.
            #[must_use]
            pub fn field(self) -> Field {
                match self {
                    $(Self::$level => Field::$field,)+
                }
            }
        }
    };
}

levels! {
    /// One typed the phone number that the other is known by.
    ClaimedPhone = Claim,
    /// One typed the mail address that the other is known by.
    ClaimedMail = Claim,
    /// One typed another identifier that the other is known by: a customer number.
    ClaimedOther = Claim,
    /// Two or more words of the name are the same, and none differs.
    NamesEqual = Name,
    /// At least one word of the name is the same, the others are near.
    NamesNearlyEqual = Name,
    /// Every word of the name is near.
    NamesNear = Name,
    /// Of one of the two only one word of the name is known, and it is the same.
    OneNameEqual = Name,
    /// Of one of the two only one word of the name is known, and it is near.
    OneNameNear = Name,
    /// One word of the name is the same, another differs.
    HalfNameEqual = Name,
    /// One word of the name is near, another differs.
    HalfNameNear = Name,
    /// No word of the name is the same or near.
    NamesDifferent = Name,
    /// The same day.
    BirthdayEqual = Birthday,
    /// Year, month or day differs, or month and day are swapped.
    BirthdayNear = Birthday,
    /// At most about a year apart, or two digits differ.
    BirthdayClose = Birthday,
    /// Another date.
    BirthdayDifferent = Birthday,
    /// The same address.
    MailEqual = Mail,
    /// A slip in the address, or another provider.
    MailNear = Mail,
    /// Another address.
    MailDifferent = Mail,
    /// The same number.
    PhoneEqual = Phone,
    /// One digit differs.
    PhoneNear = Phone,
    /// Another number.
    PhoneDifferent = Phone,
    /// The same number.
    NationalIdEqual = NationalId,
    /// One digit differs.
    NationalIdNear = NationalId,
    /// Another number.
    NationalIdDifferent = NationalId,
    /// The same street and house number.
    HouseEqual = Street,
    /// The same street; the house number differs or is not known.
    StreetEqual = Street,
    /// Another street.
    StreetDifferent = Street,
    /// The same postcode.
    PostcodeEqual = Place,
    /// The same city; the postcode differs or is not known.
    CityEqual = Place,
    /// A slip in the postcode or the city.
    PlaceNear = Place,
    /// Another place.
    PlaceDifferent = Place,
    /// The same company.
    CompanyEqual = Company,
    /// A company of a similar name.
    CompanyNear = Company,
    /// Another company.
    CompanyDifferent = Company,
    /// What takes back the agreement that a household explains.
    SharedHousehold = Household,
}
