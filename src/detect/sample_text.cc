#include "detect/sample_text.h"

#include <array>
#include <string_view>

namespace assay {
namespace {

// SplitMix64: small, and the same everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) { return Next() % n; }
  template <size_t N>
  std::string_view Pick(const std::array<std::string_view, N>& list) {
    return list[Below(N)];
  }
  void Digits(std::string* out, int count) {
    for (int i = 0; i < count; ++i) out->push_back(static_cast<char>('0' + Below(10)));
  }

 private:
  uint64_t state_;
};

constexpr std::array<std::string_view, 96> kWords = {
    "the",       "of",        "and",       "to",       "in",        "a",        "is",
    "that",      "for",       "it",        "as",       "was",       "with",     "be",
    "by",        "on",        "not",       "he",       "his",       "but",      "at",
    "are",       "this",      "have",      "from",     "or",        "had",      "an",
    "they",      "which",     "one",       "you",      "were",      "her",      "all",
    "she",       "there",     "would",     "their",    "we",        "him",      "been",
    "has",       "when",      "who",       "will",     "more",      "no",       "river",
    "garden",    "letter",    "morning",   "evening",  "weather",   "mountain", "journey",
    "question",  "answer",    "window",    "kitchen",  "harbour",   "village",  "teacher",
    "children",  "remember",  "consider",  "between",  "without",   "several",  "because",
    "another",   "something", "beautiful", "ordinary", "quietly",   "slowly",   "perhaps",
    "certainly", "standing",  "walking",   "painted",  "forgotten", "distant",  "narrow",
    "autumn",    "winter",    "account",   "license",  "number",    "history",  "science",
    "language",  "company",   "market",    "station",  "winding"};
constexpr std::array<std::string_view, 16> kGiven = {
    "James", "Mary",  "Robert", "Linda", "Michael", "Susan",  "David", "Karen",
    "Peter", "Laura", "Thomas", "Nancy", "Daniel",  "Sandra", "Paul",  "Emma"};
constexpr std::array<std::string_view, 16> kSurname = {
    "Smith",  "Johnson", "Williams", "Garcia",   "Miller", "Davis",  "Martinez", "Anderson",
    "Taylor", "Thomas",  "Jackson",  "Thompson", "Harris", "Wilson", "Campbell", "Mitchell"};
constexpr std::array<std::string_view, 8> kStreets = {"Maple", "Oak",  "Cedar",  "Washington",
                                                      "Lake",  "Hill", "Spring", "Jefferson"};
constexpr std::array<std::string_view, 6> kPaths = {
    "/index.html", "/api/v1/items", "/login", "/static/app.js", "/img/logo.png", "/search?q=lamp"};
constexpr std::array<std::string_view, 4> kLevels = {"INFO", "WARN", "DEBUG", "ERROR"};

void ProseLine(Random& random, std::string* out) {
  const uint64_t words = 8 + random.Below(14);
  for (uint64_t i = 0; i < words; ++i) {
    std::string word(random.Pick(kWords));
    if (i == 0) word[0] = static_cast<char>(word[0] - 32);
    if (random.Below(120) == 0) {
      word = std::string(random.Pick(kGiven)) + " " + std::string(random.Pick(kSurname));
    }
    if (random.Below(400) == 0) word = std::to_string(random.Below(3000));
    out->append(word);
    if (random.Below(11) == 0) out->push_back(',');
    out->push_back(i + 1 == words ? '.' : ' ');
  }
  out->push_back(random.Below(4) == 0 ? '\n' : ' ');
}

void Address4(Random& random, std::string* out) {
  for (int i = 0; i < 4; ++i) {
    *out += std::to_string(1 + random.Below(254));
    if (i < 3) out->push_back('.');
  }
}

void Clock(Random& random, std::string* out) {
  const auto two = [&](uint64_t n) {
    const std::string text = std::to_string(n);
    *out += text.size() < 2 ? "0" + text : text;
  };
  two(random.Below(24));
  out->push_back(':');
  two(random.Below(60));
  out->push_back(':');
  two(random.Below(60));
}

void LogLine(Random& random, std::string* out) {
  if (random.Below(2) == 0) {
    Address4(random, out);
    *out += " - - [" + std::to_string(10 + random.Below(18)) + "/Oct/2024:";
    Clock(random, out);
    *out += " +0000] \"GET " + std::string(random.Pick(kPaths)) + " HTTP/1.1\" 200 ";
    *out += std::to_string(random.Below(90000)) +
            " \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"\n";
    return;
  }
  *out += "{\"ts\":\"2024-10-" + std::to_string(10 + random.Below(18)) + "T";
  Clock(random, out);
  *out += "." + std::to_string(100 + random.Below(900)) + "Z\",\"level\":\"";
  *out += random.Pick(kLevels);
  *out += "\",\"request_id\":\"";
  for (int i = 0; i < 16; ++i) out->push_back("0123456789abcdef"[random.Below(16)]);
  *out += "\",\"duration_us\":" + std::to_string(random.Below(10'000'000)) +
          ",\"bytes\":" + std::to_string(random.Below(100'000'000)) + ",\"user_id\":";
  random.Digits(out, 9);
  *out += ",\"msg\":\"";
  for (int i = 0; i < 6; ++i) *out += std::string(random.Pick(kWords)) + " ";
  *out += "done\"}\n";
}

void CsvLine(Random& random, std::string* out) {
  const std::string given(random.Pick(kGiven));
  const std::string surname(random.Pick(kSurname));
  random.Digits(out, 7);
  *out += "," + given + "," + surname + ",";
  for (const char c : given) out->push_back(c < 'a' ? static_cast<char>(c + 32) : c);
  *out += "." + surname + std::to_string(random.Below(100)) + "@example.net,";
  random.Digits(out, 3);
  out->push_back('-');
  random.Digits(out, 2);
  out->push_back('-');
  random.Digits(out, 4);
  *out += ",4";
  random.Digits(out, 15);
  *out += ",(" + std::to_string(201 + random.Below(700)) + ") " +
          std::to_string(200 + random.Below(800)) + "-";
  random.Digits(out, 4);
  *out += "," + std::to_string(1940 + random.Below(65)) + "-0" +
          std::to_string(1 + random.Below(9)) + "-" + std::to_string(10 + random.Below(18)) + ",";
  *out += std::to_string(1 + random.Below(9000)) + " " + std::string(random.Pick(kStreets)) +
          " Street,";
  random.Digits(out, 5);
  out->push_back(',');
  random.Digits(out, 9);
  out->push_back('\n');
}

void Base64Line(Random& random, std::string* out) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 76; ++i) out->push_back(kAlphabet[random.Below(64)]);
  out->push_back('\n');
}

}  // namespace

std::string SampleText(SampleKind kind, size_t size, uint64_t seed) {
  Random random(seed);
  std::string out;
  out.reserve(size + 1024);
  if (kind == SampleKind::kPiiCsv) {
    out = "id,first_name,last_name,email,ssn,card,phone,date_of_birth,address,zip,account\n";
  }
  while (out.size() < size) {
    switch (kind) {
      case SampleKind::kProse:
        ProseLine(random, &out);
        break;
      case SampleKind::kLogs:
        LogLine(random, &out);
        break;
      case SampleKind::kPiiCsv:
        CsvLine(random, &out);
        break;
      case SampleKind::kBase64:
        Base64Line(random, &out);
        break;
    }
  }
  return out;
}

}  // namespace assay
