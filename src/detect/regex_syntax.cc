#include "detect/regex_syntax.h"

#include <optional>
#include <string>
#include <utility>

namespace assay {
namespace {

constexpr size_t kMaxPattern = 16384;
constexpr int kMaxDepth = 64;
constexpr uint32_t kMaxCount = 4096;

using Kind = RegexNode::Kind;

RegexTree MakeNode(Kind kind) {
  auto node = std::make_unique<RegexNode>();
  node->kind = kind;
  return node;
}

void AddRange(ByteSet& set, unsigned low, unsigned high) {
  for (unsigned byte = low; byte <= high; ++byte) set.set(byte);
}

ByteSet DigitBytes() {
  ByteSet set;
  AddRange(set, '0', '9');
  return set;
}

ByteSet WordBytes() {
  ByteSet set = DigitBytes();
  AddRange(set, 'A', 'Z');
  AddRange(set, 'a', 'z');
  set.set('_');
  return set;
}

ByteSet SpaceBytes() {
  ByteSet set;
  for (const char c : {' ', '\t', '\n', '\v', '\f', '\r'}) set.set(static_cast<unsigned char>(c));
  return set;
}

void FoldCase(ByteSet& set) {
  for (unsigned upper = 'A'; upper <= 'Z'; ++upper) {
    const unsigned lower = upper + 32;
    if (set[upper] || set[lower]) set.set(upper), set.set(lower);
  }
}

class Parser {
 public:
  Parser(std::string_view pattern, bool fold) : pattern_(pattern), fold_(fold) {}

  Result<RegexTree> Parse() {
    if (pattern_.size() > kMaxPattern) return Bad("the pattern is longer than 16,384 bytes");
    ASSAY_ASSIGN_OR_RETURN(RegexTree tree, Alternation(0));
    if (!AtEnd()) return Bad("unmatched ')'");
    return tree;
  }

 private:
  bool AtEnd() const { return at_ >= pattern_.size(); }
  char Peek() const { return pattern_[at_]; }
  bool Take(char c) {
    if (AtEnd() || Peek() != c) return false;
    ++at_;
    return true;
  }
  bool TakeText(std::string_view text) {
    if (pattern_.substr(at_, text.size()) != text) return false;
    at_ += text.size();
    return true;
  }
  Status Bad(std::string_view what) const {
    return InvalidArgument("pattern, byte " + std::to_string(at_) + ": " + std::string(what));
  }

  Result<RegexTree> Alternation(int depth) {
    if (depth > kMaxDepth) return Bad("groups nested deeper than 64");
    const bool outer_fold = fold_;
    const bool outer_lines = lines_;
    RegexTree alternate = MakeNode(Kind::kAlternate);
    do {
      ASSAY_ASSIGN_OR_RETURN(RegexTree branch, Concatenation(depth));
      alternate->children.push_back(std::move(branch));
    } while (Take('|'));
    if (depth > 0) fold_ = outer_fold, lines_ = outer_lines;
    if (alternate->children.size() == 1) return std::move(alternate->children[0]);
    return alternate;
  }

  Result<RegexTree> Concatenation(int depth) {
    RegexTree concat = MakeNode(Kind::kConcat);
    while (!AtEnd() && Peek() != '|' && Peek() != ')') {
      ASSAY_ASSIGN_OR_RETURN(RegexTree atom, Atom(depth));
      ASSAY_ASSIGN_OR_RETURN(RegexTree repeated, Repeats(std::move(atom)));
      concat->children.push_back(std::move(repeated));
    }
    return concat;
  }

  Result<RegexTree> Atom(int depth) {
    const char c = Peek();
    if (c == '(') return Group(depth);
    if (c == '[') return Class();
    if (c == '\\') return Escape();
    ++at_;
    if (c == '.') return AnyButNewline();
    if (c == '^' || c == '$') {
      if (!lines_) return Bad("^ and $ need (?m): a text piece has no start of its own");
      return Assert(c == '^' ? Assertion::kLineStart : Assertion::kLineEnd);
    }
    if (c == '*' || c == '+' || c == '?') return Bad("nothing to repeat");
    return Single(static_cast<unsigned char>(c));
  }

  Result<RegexTree> Group(int depth) {
    ++at_;
    if (TakeText("?i)")) return SetFlags(true, false);
    if (TakeText("?m)")) return SetFlags(false, true);
    if (TakeText("?im)") || TakeText("?mi)")) return SetFlags(true, true);
    const bool outer_fold = fold_;
    if (TakeText("?i:")) {
      fold_ = true;
    } else if (!TakeText("?:") && !AtEnd() && Peek() == '?') {
      return Bad("look-around, named groups and other (?...) forms are not supported");
    }
    ASSAY_ASSIGN_OR_RETURN(RegexTree inner, Alternation(depth + 1));
    fold_ = outer_fold;
    if (!Take(')')) return Bad("missing ')'");
    return inner;
  }

  RegexTree SetFlags(bool fold, bool lines) {
    fold_ = fold_ || fold;
    lines_ = lines_ || lines;
    return MakeNode(Kind::kEmpty);
  }

  RegexTree Bytes(ByteSet set) const {
    if (fold_) FoldCase(set);
    RegexTree node = MakeNode(Kind::kBytes);
    node->bytes = set;
    return node;
  }
  RegexTree Single(unsigned char byte) const {
    ByteSet set;
    set.set(byte);
    return Bytes(set);
  }
  RegexTree AnyButNewline() const {
    ByteSet set;
    set.set('\n');
    return Bytes(~set);
  }
  RegexTree Assert(Assertion assertion) const {
    RegexTree node = MakeNode(Kind::kAssert);
    node->assertion = assertion;
    return node;
  }

  // The set of an escape that stands for several bytes, after the backslash.
  static std::optional<ByteSet> ClassEscape(char c) {
    switch (c) {
      case 'd':
        return DigitBytes();
      case 'D':
        return ~DigitBytes();
      case 'w':
        return WordBytes();
      case 'W':
        return ~WordBytes();
      case 's':
        return SpaceBytes();
      case 'S':
        return ~SpaceBytes();
      case 'h': {
        ByteSet set;
        set.set(' '), set.set('\t');
        return set;
      }
      default:
        return std::nullopt;
    }
  }

  // The byte of an escape that stands for one; at_ is behind the backslash.
  Result<unsigned char> ByteEscape() {
    const char c = pattern_[at_++];
    switch (c) {
      case 'n':
        return static_cast<unsigned char>('\n');
      case 'r':
        return static_cast<unsigned char>('\r');
      case 't':
        return static_cast<unsigned char>('\t');
      case 'f':
        return static_cast<unsigned char>('\f');
      case 'x':
        return HexEscape();
      default:
        break;
    }
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      return Bad("escape not supported (back-references, \\A, \\z, \\p and others)");
    }
    return static_cast<unsigned char>(c);
  }

  Result<unsigned char> HexEscape() {
    unsigned value = 0;
    const bool braces = Take('{');
    for (int i = 0; i < 2; ++i) {
      if (AtEnd()) return Bad("\\x needs two hexadecimal digits");
      const char c = pattern_[at_++];
      if (c >= '0' && c <= '9')
        value = value * 16 + static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f')
        value = value * 16 + static_cast<unsigned>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'F')
        value = value * 16 + static_cast<unsigned>(c - 'A') + 10;
      else
        return Bad("\\x needs two hexadecimal digits");
    }
    if (braces && !Take('}')) return Bad("\\x{..} takes two hexadecimal digits");
    return static_cast<unsigned char>(value);
  }

  Result<RegexTree> Escape() {
    ++at_;
    if (AtEnd()) return Bad("backslash at the end");
    if (Take('b')) return Assert(Assertion::kWordEdge);
    if (Take('B')) return Assert(Assertion::kNotWordEdge);
    if (const auto set = ClassEscape(Peek())) {
      ++at_;
      return Bytes(*set);
    }
    ASSAY_ASSIGN_OR_RETURN(const unsigned char byte, ByteEscape());
    return Single(byte);
  }

  // One member of a class; a set when it was \d or the like, else one byte.
  Result<unsigned char> ClassByte() {
    if (Take('\\')) {
      if (AtEnd()) return Bad("backslash at the end");
      if (Take('b')) return static_cast<unsigned char>('\b');
      return ByteEscape();
    }
    return static_cast<unsigned char>(pattern_[at_++]);
  }

  Result<RegexTree> Class() {
    ++at_;
    const bool negated = Take('^');
    ByteSet set;
    bool first = true;
    while (true) {
      if (AtEnd()) return Bad("missing ']'");
      if (!first && Take(']')) break;
      first = false;
      if (pattern_.substr(at_, 2) == "[:") return Bad("POSIX classes are not supported");
      if (Peek() == '\\' && at_ + 1 < pattern_.size()) {
        if (const auto escape = ClassEscape(pattern_[at_ + 1])) {
          set |= *escape;
          at_ += 2;
          continue;
        }
      }
      ASSAY_ASSIGN_OR_RETURN(const unsigned char low, ClassByte());
      unsigned char high = low;
      if (at_ + 1 < pattern_.size() && Peek() == '-' && pattern_[at_ + 1] != ']') {
        ++at_;
        ASSAY_ASSIGN_OR_RETURN(high, ClassByte());
      }
      if (high < low) return Bad("class range out of order");
      AddRange(set, low, high);
    }
    if (fold_) FoldCase(set);
    RegexTree node = MakeNode(Kind::kBytes);
    node->bytes = negated ? ~set : set;
    return node;
  }

  std::optional<uint32_t> Number() {
    uint32_t value = 0;
    const size_t begin = at_;
    while (!AtEnd() && Peek() >= '0' && Peek() <= '9' && value <= kMaxCount) {
      value = value * 10 + static_cast<uint32_t>(pattern_[at_++] - '0');
    }
    if (at_ == begin) return std::nullopt;
    return value;
  }

  // Reads {n}, {n,} or {n,m}; leaves at_ alone and returns false when the brace is a literal.
  bool Braces(uint32_t* min, uint32_t* max) {
    const size_t begin = at_++;
    const auto low = Number();
    if (low) {
      *min = *max = *low;
      if (Take(',')) *max = Number().value_or(RegexNode::kUnbounded);
      if (Take('}')) return true;
    }
    at_ = begin;
    return false;
  }

  Result<RegexTree> Repeats(RegexTree atom) {
    while (!AtEnd()) {
      uint32_t min = 0;
      uint32_t max = RegexNode::kUnbounded;
      if (Peek() == '{') {
        if (!Braces(&min, &max)) break;
      } else if (Take('*')) {
      } else if (Take('+')) {
        min = 1;
      } else if (Take('?')) {
        max = 1;
      } else {
        break;
      }
      if (Take('+')) return Bad("possessive repeats are not supported");
      Take('?');  // laziness chooses among matches; ours is always the longest
      if (min > kMaxCount || (max != RegexNode::kUnbounded && max > kMaxCount)) {
        return Bad("repeat count above 4,096");
      }
      if (max < min) return Bad("repeat counts out of order");
      RegexTree repeat = MakeNode(Kind::kRepeat);
      repeat->min = min;
      repeat->max = max;
      repeat->children.push_back(std::move(atom));
      atom = std::move(repeat);
    }
    return atom;
  }

  std::string_view pattern_;
  size_t at_ = 0;
  bool fold_;
  bool lines_ = false;
};

}  // namespace

Result<RegexTree> ParseRegex(std::string_view pattern, bool case_insensitive) {
  return Parser(pattern, case_insensitive).Parse();
}

}  // namespace assay
