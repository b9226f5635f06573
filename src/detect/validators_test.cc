#include "detect/validators.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace assay {
namespace {

struct Case {
  std::string_view validator;
  std::string_view match;
  bool accepted;
  std::string_view before = "";
  std::string_view after = "";
};

bool Accepts(const Case& c, SpanChange* change) {
  const ValidatorEntry* entry = FindValidator(c.validator);
  if (entry == nullptr) {
    ADD_FAILURE() << "no validator " << c.validator;
    return false;
  }
  return entry->check(c.match, ValidatorContext{c.before, c.after}, change);
}

void ExpectAll(std::span<const Case> cases) {
  for (const Case& c : cases) {
    SpanChange change;
    EXPECT_EQ(Accepts(c, &change), c.accepted) << c.validator << ": " << c.match;
  }
}

TEST(ValidatorsTest, TableIsSortedAndFound) {
  std::string_view last;
  for (const ValidatorEntry& entry : Validators()) {
    EXPECT_LT(last, entry.name);
    EXPECT_EQ(FindValidator(entry.name), &entry);
    EXPECT_FALSE(entry.description.empty());
    last = entry.name;
  }
  EXPECT_EQ(FindValidator("no_such_check"), nullptr);
}

// A user may put any check behind any pattern: none may rely on the shape of what it is given. Heap
// copies let AddressSanitizer see reads behind the end.
TEST(ValidatorsTest, NoCheckReadsPastWhatItIsGiven) {
  constexpr std::string_view kAlphabet =
      "0123456789012345678901234567890123456789AZXaz-./:@ =\xff\\\n";
  uint32_t state = 12345;
  const auto next = [&state](size_t bound) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % bound;
  };
  for (int round = 0; round < 2000; ++round) {
    std::string text(1 + next(40), ' ');
    for (char& c : text) c = kAlphabet[next(kAlphabet.size())];
    const std::string copy = text;
    for (const ValidatorEntry& entry : Validators()) {
      SpanChange change;
      if (!entry.check(copy, ValidatorContext{copy, copy}, &change)) continue;
      EXPECT_LT(change.drop_front + change.drop_back, copy.size()) << entry.name;
      EXPECT_LE(change.extend_back, copy.size()) << entry.name;
    }
  }
}

TEST(ValidatorsTest, Cards) {
  const Case cases[] = {
      {"luhn", "79927398713", true},  // ISO/IEC 7812-1's usual example
      {"luhn", "79927398710", false},
      {"credit_card", "4111111111111111", true},  // the schemes' published test numbers
      {"credit_card", "5555 5555 5555 4444", true},
      {"credit_card", "378282246310005", true},
      {"credit_card", "6011111111111117", true},
      {"credit_card", "30569309025904", true},
      {"credit_card", "3530111333300000", true},
      {"credit_card", "4111111111111112", false},
      {"credit_card", "41111111111111", false},  // no Visa of 14 digits
      {"credit_card", "9111111111111111", false},
      {"credit_card", "4111111111111111", false, "0.1.", ""},
      {"magnetic_stripe", ";4111111111111111=2512101?", true},
      {"magnetic_stripe", ";4111111111111111=2513101?", false},
  };
  ExpectAll(cases);
}

TEST(ValidatorsTest, Banks) {
  const Case cases[] = {
      {"aba_routing", "121000358", true},  // Bank of America, California
      {"aba_routing", "322271627", true},  // Chase
      {"aba_routing", "321170538", true},  // BBVA Compass
      {"aba_routing", "321171184", true},  // Citibank
      {"aba_routing", "322271724", true},
      {"aba_routing", "121122676", true},  // U.S. Bank
      {"aba_routing", "122235821", true},
      {"aba_routing", "122000496", true},  // Union Bank
      {"aba_routing", "121042882", true},  // Wells Fargo
      {"aba_routing", "121000359", false},
      {"aba_routing", "000000000", false},
      {"swift_bic", "DEUTDEFF", true},
      {"swift_bic", "DEUTDEFF500", true},
      {"swift_bic", "DEUTZZFF", false},
      {"swift_bic", "DEUTDEF0", false},
      {"iban", "GB82 WEST 1234 5698 7654 32", true},  // ISO 13616 example
      {"iban", "DE89370400440532013000", true},
      {"iban", "DE89370400440532013001", false},
      {"iban", "ZZ89370400440532013000", false},
  };
  ExpectAll(cases);
  SpanChange change;
  EXPECT_TRUE(Accepts({"iban", "DE89 3704 0044 0532 0130 00 EUR", true}, &change));
  EXPECT_EQ(change.drop_back, 4u);
}

TEST(ValidatorsTest, AmericanNumbers) {
  const Case cases[] = {
      {"us_ssn", "123-45-6789", true},     {"us_ssn", "000-12-3456", false},
      {"us_ssn", "666-12-3456", false},    {"us_ssn", "900-12-3456", false},
      {"us_ssn", "123-00-4567", false},    {"us_ssn", "123-45-0000", false},
      {"us_ssn", "078-05-1120", true},     {"us_itin", "912-70-1234", true},
      {"us_itin", "912-93-1234", false},   {"us_itin", "912-89-1234", false},
      {"us_itin", "812-70-1234", false},   {"us_phone", "(212) 736-5000", true},
      {"us_phone", "212-555-0123", false}, {"us_phone", "212-911-5000", false},
      {"us_phone", "112-736-5000", false}, {"us_phone", "252.227-7013", false},
      {"us_phone", "+12127365000", true},  {"us_zip", "94110", true},
      {"us_zip", "00000", false},          {"us_state_zip", "CA 94110", true},
      {"us_zip", "12345", false},          {"us_state_zip", "NY 12345-6789", false},
      {"us_state_zip", "CA 10001", false}, {"us_npi", "1234567893", true},
      {"us_npi", "1234567890", false},  // CMS's example
      {"us_dea", "AB1234563", true},       {"us_dea", "AB1234560", false},
      {"us_ndc", "0777-3105-02", true},    {"us_ndc", "0000-3105-02", false},
      {"us_ndc", "00777310502", true},     {"us_ndc", "00000310502", false},
      {"not_one_digit", "1111", false},    {"not_one_digit", "1112", true},
  };
  ExpectAll(cases);
  SpanChange change;
  EXPECT_TRUE(Accepts({"us_state_zip", "NY  10001-1234", true}, &change));
  EXPECT_EQ(change.drop_front, 4u);
}

TEST(ValidatorsTest, BirthDatesExist) {
  const Case cases[] = {
      {"birth_date", "04/17/1982", true},    {"birth_date", "17.4.1982", true},
      {"birth_date", "1984-02-29", true},    {"birth_date", "1983-02-29", false},
      {"birth_date", "March 3, 1975", true}, {"birth_date", "31 Apr 1975", false},
      {"birth_date", "21st Nov 1968", true}, {"birth_date", "19840229", true},
      {"birth_date", "13/13/1982", false},   {"birth_date", "1/2/83", true},
      {"birth_date", "2099-01-01", false},
  };
  ExpectAll(cases);
}

TEST(ValidatorsTest, BritishNumbers) {
  const Case cases[] = {
      {"uk_driver_number", "MORGA657054SM9IJ", true},   // DVLA's specimen
      {"uk_driver_number", "MORGA613054SM9IJ", false},  // month 13
      {"uk_driver_number", "MO9GA657054SM9IJ", false},
      {"uk_passport", "925665416", true},
      {"uk_passport", "000000000", false},
      {"uk_nhs", "943 476 5919", true},  // NHS Data Dictionary
      {"uk_nhs", "943 476 5918", false},
      {"uk_nino", "AB123456C", true},
      {"uk_nino", "GB123456C", false},
  };
  ExpectAll(cases);
}

TEST(ValidatorsTest, NationalNumbers) {
  const Case cases[] = {
      {"aadhaar", "2363 4556 7893", false},
      {"cpf", "111.444.777-35", true},
      {"cpf", "111.444.777-36", false},
      {"cpf", "11111111111", false},
      {"cnpj", "11.222.333/0001-81", true},
      {"cnpj", "11.222.333/0001-82", false},
      {"spain_dni", "12345678Z", true},
      {"spain_dni", "12345678A", false},
      {"spain_nie", "X1234567L", true},
      {"spain_nie", "X1234567A", false},
      {"german_tax_id", "86095742719", true},
      {"german_tax_id", "86095742718", false},
      {"vin", "1M8GDM9AXKP042788", true},
      {"vin", "1M8GDM9A1KP042788", false},
      {"vin", "11111111111111111", false},
      {"canada_sin", "046 454 286", true},
      {"canada_sin", "046 454 287", false},
      {"australia_tfn", "123 456 782", true},
      {"australia_tfn", "123 456 783", false},
      {"codice_fiscale", "RSSMRA85T10A562S", true},
      {"codice_fiscale", "RSSMRA85T10A562T", false},
      {"french_nir", "2 55 08 14 168 025 38", true},
      {"french_nir", "2 55 08 14 168 025 39", false},
      {"chile_rut", "12.345.678-5", true},
      {"chile_rut", "12.345.678-6", false},
      {"mexico_curp", "HEGG560427MVZRRL04", true},
      {"mexico_curp", "HEGG560427MVZRRL05", false},
  };
  ExpectAll(cases);
}

TEST(ValidatorsTest, NetworkAddresses) {
  const Case cases[] = {
      {"ipv4", "203.0.113.7", true},
      {"ipv4", "300.1.1.1", false},
      {"ipv4", "127.0.0.1", false},
      {"ipv4", "0.0.0.0", false},
      {"ipv4", "255.255.255.255", false},
      {"ipv4", "01.2.3.4", false},
      {"ipv4", "1.2.3.4", false, "", ".5"},
      {"ipv4", "1.2.3.4", false, "Version: ", ""},
      {"ipv4", "10.1.2.3", true, "", "."},
      {"ipv4", "2.5.29.14", false},
      {"ipv4", "2.5.4.3", false},
      {"ipv4", "2.5.29.114", true},
      {"ipv4", "1.3.6.1", false, "urn:oid:"},
      {"ipv4", "1.3.6.1", true, "host "},
      {"ipv6", "2001:db8::8a2e:370:7334", true},
      {"ipv6", "12:30:45", false},
      {"ipv6", "abc::def", false},
      {"ipv6", "::1", false},
      {"ipv6", "fe80::1ff:fe23:4567:890a", true},
      {"email", "jo.doe@example.org", true},
      {"email", "logo@2x.png", false},
      {"email", "a..b@example.org", false},
      {"email", "a@-x.org", false},
  };
  ExpectAll(cases);
  SpanChange change;
  EXPECT_TRUE(Accepts({"ipv6", "2001:db8::12:", true}, &change));
  EXPECT_EQ(change.drop_back, 1u);
}

TEST(ValidatorsTest, Secrets) {
  const Case cases[] = {
      {"aws_secret_access_key", "qZ7n+W3kXv9LpT2eRb8YcJ5uHs1DfGa6M4oKiEQx", true},
      {"aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", false},
      {"aws_secret_access_key", "da39a3ee5e6b4b0d3255bfef95601890afd80709", false},
      {"aws_secret_access_key", "home/deploy/Projects/service/config/aws2", false},
      {"aws_secret_access_key", "qZ7n+W3kXv9LpT2eRb8YcJ5uHs1DfGa6M4oKiEQx", false, "/", ""},
      {"aws_access_key_id", "AKIAIOSFODNN7EXAMPLE", false},
      {"aws_access_key_id", "AKIAQ3EGUTKYX5Z2N4WD", true},
      {"random_hex", "d41d8cd98f00b204e9800998ecf8427e", true},
      {"random_hex", "00000000000000000000000000000000", false},
      {"http_basic", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true},  // RFC 7617
      {"http_basic", "Authorization: Basic aGVsbG8gd29ybGQ=", false},
      {"json_web_token", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.", true},
      {"json_web_token", "eyJub3RqdyEh.eyJub3RqdyEh.abc", false},
      {"backup_codes", "1234 5678\n2345 6789\n3456 7890", true},
      {"backup_codes", "0000 0000\n0000 0000\n0000 0000", false},
      {"not_placeholder", "postgres://user:password@host", false},
      {"github_token", "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  ExpectAll(cases);
}

TEST(ValidatorsTest, KeyBlocks) {
  const Case cases[] = {
      {"private_key_block", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA", true},
      {"private_key_block", "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIabcdefg", true},
      {"private_key_block", "-----BEGIN RSA PRIVATE KEY-----\nThisIsNotAKeyButText", false},
      {"openssh_key_block", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA", true},
      {"openssh_key_block", "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIEpAIBAAKCAQEA", false},
      {"pgp_secret_key_block", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBFabcdefgh", true},
      {"pgp_secret_key_block", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nmQENBFabcdefgh", false},
      {"der_block", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE", true},
      {"der_block", "-----BEGIN CERTIFICATE-----\nhello world", false},
      {"pkcs7_encrypted", "application/pkcs7-mime; smime-type=enveloped-data", true},
  };
  ExpectAll(cases);
}

}  // namespace
}  // namespace assay
