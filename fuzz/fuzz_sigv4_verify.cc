// What callers send to be let in: the request line's path and query, headers, and a body, separated
// by NUL. Nobody without the secret gets in, whatever the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/sigv4_verify.h"

namespace {

std::string_view Take(std::string_view* rest, char separator) {
  const size_t end = rest->find(separator);
  const std::string_view part = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view path = Take(&rest, '\0');
  const std::string_view query = Take(&rest, '\0');
  std::string_view lines = Take(&rest, '\0');
  assay::HeaderList headers;
  while (!lines.empty()) {
    std::string_view line = Take(&lines, '\n');
    const std::string_view name = Take(&line, ':');
    headers.emplace_back(name, line);
  }
  const assay::Sigv4Call call{"POST", path, query, &headers, rest};
  const auto read = assay::ReadSigv4Claim(call, "macie");
  if (const auto* claim = std::get_if<assay::Sigv4Claim>(&read)) {
    assay::Sigv4Verifier verifier;
    // A secret that is in no corpus: accepting would mean that a signature was forged.
    if (!verifier.Check(call, *claim, "fuzz-secret-that-nobody-knows", assay::Sigv4Use::kChange,
                        claim->signed_at_ms)) {
      std::abort();
    }
  }
  return 0;
}
