// Globs over object keys, for --include and --exclude.
//
// Thread rule: immutable after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Whether `key` matches `glob` wholly. `*` stands for any bytes but '/', `**` for any bytes, `?`
// for one byte but '/', `[a-z]` and `[!a-z]` for one of a set, `\` takes the next byte literally.
// Linear in key length times number of stars; any bytes are allowed on both sides.
bool GlobMatches(std::string_view glob, std::string_view key);

class KeyFilter {
 public:
  KeyFilter() = default;
  // A glob without '/' is compared with the last part of the key ("*.csv" is any CSV at any depth),
  // one with '/' with the whole key. No include glob: everything is included.
  KeyFilter(std::vector<std::string> include, std::vector<std::string> exclude);
  bool Wants(std::string_view key) const;

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

}  // namespace assay
