#include "detect/pattern_facts.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>
#include <utility>

namespace assay {
namespace {

constexpr uint32_t kMaxDigitDistance = 24;
constexpr uint32_t kMaxAnchorDistance = 1000;

uint32_t StartState(const DfaView& dfa, ByteKind before) {
  return dfa.start[static_cast<size_t>(before)];
}

bool IsDigitByte(unsigned byte) { return byte >= '0' && byte <= '9'; }
bool IsWordByte(unsigned byte) {
  const auto kind = static_cast<ByteKind>(kByteKindTable[byte]);
  return kind == ByteKind::kDigit || kind == ByteKind::kWord;
}
bool IsTokenByte(unsigned byte) {
  return IsWordByte(byte) || kByteKindTable[byte] == static_cast<uint8_t>(ByteKind::kTokenMark);
}

// Walks the states reachable without a digit, level by level, from `level` at `depth`.
void FindDigitDistance(const DfaView& dfa, std::vector<uint32_t> level, uint32_t depth,
                       PatternFacts* facts) {
  facts->digit_min = UINT32_MAX;
  for (; depth <= kMaxDigitDistance + 1; ++depth) {
    std::sort(level.begin(), level.end());
    level.erase(std::unique(level.begin(), level.end()), level.end());
    std::vector<uint32_t> next;
    for (const uint32_t state : level) {
      if (state == 0) continue;
      if (depth > 0 && Accepts(dfa, state)) return;  // a match without a digit
      for (unsigned byte = 0; byte < 256; ++byte) {
        const uint32_t target = NextState(dfa, state, byte);
        if (target == 0) continue;
        if (IsDigitByte(byte)) {
          facts->digit_min = std::min(facts->digit_min, depth);
          facts->digit_max = std::max(facts->digit_max, depth);
        } else {
          next.push_back(target);
        }
      }
    }
    if (next.empty()) {
      facts->has_digit = facts->digit_min != UINT32_MAX;
      return;
    }
    level = std::move(next);
  }
}

uint32_t LongestMatch(const DfaView& dfa) {
  std::vector<uint32_t> level(dfa.start.begin(), dfa.start.end());
  std::vector<uint32_t> next;
  for (uint32_t depth = 0; depth < kMaxMatchBytes; ++depth) {
    next.clear();
    for (const uint32_t state : level) {
      for (uint32_t c = 0; c < dfa.class_count && state != 0; ++c) {
        if (const uint32_t target = dfa.next[state * dfa.class_count + c]) next.push_back(target);
      }
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    if (next.empty()) return depth;
    level.swap(next);
  }
  return kMaxMatchBytes;
}

uint64_t MatchLengths(const DfaView& dfa) {
  for (uint32_t i = 0; i < (dfa.states - dfa.first_accept) * kByteKinds; i += kByteKinds) {
    if (dfa.accepts[i + static_cast<size_t>(ByteKind::kDigit)] != 0 ||
        dfa.accepts[i + static_cast<size_t>(ByteKind::kWord)] != 0) {
      return 0;
    }
  }
  uint64_t lengths = 0;
  std::vector<uint32_t> level(dfa.start.begin(), dfa.start.end());
  for (uint32_t depth = 0; depth < 64; ++depth) {
    std::vector<uint32_t> next;
    for (const uint32_t state : level) {
      if (state == 0) continue;
      if (depth > 0 && Accepts(dfa, state)) lengths |= uint64_t{1} << depth;
      for (uint32_t c = 0; c < dfa.class_count; ++c) {
        next.push_back(dfa.next[state * dfa.class_count + c]);
      }
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    level = std::move(next);
    if (level.empty() || (level.size() == 1 && level[0] == 0)) return lengths;
  }
  return 0;
}

uint32_t ShortestMatch(const DfaView& dfa) {
  std::vector<bool> seen(dfa.states);
  std::vector<uint32_t> level(dfa.start.begin(), dfa.start.end());
  for (uint32_t depth = 0; !level.empty(); ++depth) {
    std::vector<uint32_t> next;
    for (const uint32_t state : level) {
      if (state == 0 || (depth > 0 && seen[state])) continue;
      if (depth > 0 && Accepts(dfa, state)) return depth;
      if (depth > 0) seen[state] = true;
      for (uint32_t c = 0; c < dfa.class_count; ++c) {
        next.push_back(dfa.next[state * dfa.class_count + c]);
      }
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    level = std::move(next);
  }
  return 0;
}

// How far behind the first colon the next one stands at most, whatever matches; 0 when one may be
// missing.
uint32_t ColonGap(const DfaView& dfa) {
  constexpr uint32_t kMaxGap = 8;
  std::vector<uint32_t> level;  // behind the first colon
  std::vector<uint32_t> before(dfa.start.begin(), dfa.start.end());
  std::vector<bool> seen(dfa.states);
  while (!before.empty()) {
    const uint32_t state = before.back();
    before.pop_back();
    if (state == 0 || seen[state]) continue;
    seen[state] = true;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const uint32_t target = NextState(dfa, state, byte);
      if (target != 0) (byte == ':' ? level : before).push_back(target);
    }
  }
  for (uint32_t gap = 1; gap <= kMaxGap; ++gap) {
    std::vector<uint32_t> next;
    for (const uint32_t state : level) {
      if (Accepts(dfa, state)) return 0;
      for (unsigned byte = 0; byte < 256; ++byte) {
        const uint32_t target = NextState(dfa, state, byte);
        if (target != 0 && byte != ':') next.push_back(target);
      }
    }
    if (next.empty()) return level.empty() ? 0 : gap;
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    level = std::move(next);
  }
  return 0;
}

bool CanFollow(const DfaView& dfa, ByteKind before, bool (*is_byte)(unsigned)) {
  const uint32_t start = StartState(dfa, before);
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (is_byte(byte) && start != 0 && NextState(dfa, start, byte) != 0) return true;
  }
  return false;
}

// The bytes in front of a place, added up along the tree.
struct Prefix {
  uint32_t min = 0;
  uint32_t max = 0;
  ByteSet bytes;
};

void Extend(Prefix* prefix, const Prefix& more) {
  prefix->min = std::min(prefix->min + more.min, kMaxAnchorDistance + 1);
  prefix->max = std::min(prefix->max + more.max, kMaxAnchorDistance + 1);
  prefix->bytes |= more.bytes;
}

Prefix Measure(const RegexNode& node) {
  Prefix sum;
  switch (node.kind) {
    case RegexNode::Kind::kEmpty:
    case RegexNode::Kind::kAssert:
      break;
    case RegexNode::Kind::kBytes:
      return {1, 1, node.bytes};
    case RegexNode::Kind::kConcat:
      for (const auto& child : node.children) Extend(&sum, Measure(*child));
      break;
    case RegexNode::Kind::kAlternate:
      sum.min = kMaxAnchorDistance + 1;
      for (const auto& child : node.children) {
        const Prefix branch = Measure(*child);
        sum.min = std::min(sum.min, branch.min);
        sum.max = std::max(sum.max, branch.max);
        sum.bytes |= branch.bytes;
      }
      break;
    case RegexNode::Kind::kRepeat: {
      const Prefix body = Measure(*node.children[0]);
      const uint64_t min = uint64_t{body.min} * node.min;
      const uint64_t max = node.max == RegexNode::kUnbounded && body.max > 0
                               ? kMaxAnchorDistance + 1
                               : uint64_t{body.max} * node.max;
      sum.min = static_cast<uint32_t>(std::min<uint64_t>(min, kMaxAnchorDistance + 1));
      sum.max = static_cast<uint32_t>(std::min<uint64_t>(max, kMaxAnchorDistance + 1));
      sum.bytes = body.bytes;
      break;
    }
  }
  return sum;
}

void Flatten(const RegexNode& node, std::vector<const RegexNode*>* out) {
  if (node.kind == RegexNode::Kind::kConcat) {
    for (const auto& child : node.children) Flatten(*child, out);
  } else if (node.kind == RegexNode::Kind::kRepeat && node.min >= 1 && node.min == node.max &&
             node.min <= 64) {
    for (uint32_t i = 0; i < node.min; ++i) Flatten(*node.children[0], out);
  } else if (node.kind != RegexNode::Kind::kEmpty) {
    out->push_back(&node);
  }
}

class AnchorFinder {
 public:
  AnchorFinder(const std::vector<std::string>& anchors, std::vector<AnchorPlace>* places)
      : anchors_(anchors), places_(places) {}

  bool Find(const RegexNode& node, Prefix prefix) {
    std::vector<const RegexNode*> items;
    Flatten(node, &items);
    for (size_t i = 0; i < items.size() && prefix.max <= kMaxAnchorDistance; ++i) {
      if (FindLiteral(std::span(items).subspan(i), prefix)) return true;
      const size_t before = places_->size();
      if (FindInside(*items[i], prefix)) return true;
      places_->resize(before);
      Extend(&prefix, Measure(*items[i]));
    }
    return false;
  }

 private:
  static bool Spells(const RegexNode& node, char c) {
    if (node.kind != RegexNode::Kind::kBytes) return false;
    const auto byte = static_cast<unsigned char>(c);
    ByteSet allowed;
    allowed.set(byte);
    if ((byte | 32) >= 'a' && (byte | 32) <= 'z') allowed.set(byte ^ 32);
    return node.bytes[byte] && (node.bytes & ~allowed).none();
  }

  bool FindLiteral(std::span<const RegexNode* const> items, const Prefix& prefix) {
    for (const std::string& anchor : anchors_) {
      size_t matched = 0;
      for (size_t i = 0; i < items.size() && matched < anchor.size(); ++i) {
        if (items[i]->kind == RegexNode::Kind::kAssert) continue;
        if (!Spells(*items[i], anchor[matched])) break;
        ++matched;
      }
      if (matched == anchor.size()) {
        places_->push_back({anchor, prefix.min, prefix.max, prefix.bytes});
        return true;
      }
    }
    return false;
  }

  bool FindInside(const RegexNode& item, const Prefix& prefix) {
    if (item.kind == RegexNode::Kind::kAlternate) {
      return std::all_of(item.children.begin(), item.children.end(),
                         [&](const auto& branch) { return Find(*branch, prefix); });
    }
    return item.kind == RegexNode::Kind::kRepeat && item.min >= 1 &&
           Find(*item.children[0], prefix);
  }

  const std::vector<std::string>& anchors_;
  std::vector<AnchorPlace>* places_;
};

// Aho-Corasick automaton of the anchors: which anchor has just been read.
class AnchorAutomaton {
 public:
  AnchorAutomaton(const std::vector<std::string>& anchors, bool caseless) : nodes_(1) {
    for (size_t i = 0; i < anchors.size(); ++i) {
      uint32_t node = 0;
      for (const char c : anchors[i]) {
        const auto byte = Fold(static_cast<unsigned char>(c), caseless);
        if (nodes_[node].next[byte] == 0) {
          nodes_[node].next[byte] = static_cast<uint32_t>(nodes_.size());
          nodes_.emplace_back();
        }
        node = nodes_[node].next[byte];
      }
      nodes_[node].anchors.push_back(i);
    }
    Link();
    if (caseless) {
      for (Node& node : nodes_) {
        for (unsigned c = 'A'; c <= 'Z'; ++c) node.next[c] = node.next[c + 32];
      }
    }
  }
  uint32_t Next(uint32_t node, unsigned byte) const { return nodes_[node].next[byte]; }
  const std::vector<size_t>& Found(uint32_t node) const { return nodes_[node].anchors; }

 private:
  struct Node {
    std::array<uint32_t, 256> next{};
    uint32_t fail = 0;
    std::vector<size_t> anchors;
  };
  static unsigned Fold(unsigned byte, bool caseless) {
    return caseless && byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
  }
  void Link() {
    std::vector<uint32_t> queue{0};
    for (size_t at = 0; at < queue.size(); ++at) {
      const uint32_t n = queue[at];
      const std::vector<size_t> inherited = nodes_[nodes_[n].fail].anchors;
      if (n != 0) {
        nodes_[n].anchors.insert(nodes_[n].anchors.end(), inherited.begin(), inherited.end());
      }
      for (unsigned byte = 0; byte < 256; ++byte) {
        const uint32_t child = nodes_[n].next[byte];
        const uint32_t through_fail = n == 0 ? 0 : nodes_[nodes_[n].fail].next[byte];
        if (child != 0) {
          nodes_[child].fail = through_fail;
          queue.push_back(child);
        } else {
          nodes_[n].next[byte] = through_fail;
        }
      }
    }
  }
  std::vector<Node> nodes_;
};

// Walks the product of a pattern's automaton and the anchors' one up to the first anchor: shortest
// and longest distance of every pair of states from the begin.
class AnchorSearch {
 public:
  AnchorSearch(const DfaView& dfa, const std::vector<std::string>& anchors, bool caseless)
      : dfa_(dfa), anchors_(anchors), automaton_(anchors, caseless), places_(anchors.size()) {}

  std::optional<std::vector<AnchorPlace>> Run() {
    for (const uint16_t start : dfa_.start) {
      if (start != 0) Number(start, 0);
    }
    const size_t start_count = pairs_.size();
    for (size_t i = 0; i < pairs_.size(); ++i) {
      if (pairs_.size() > kMaxPairs) return std::nullopt;
      if (i >= start_count && Accepts(dfa_, pairs_[i].first)) return std::nullopt;
      Expand(static_cast<uint32_t>(i));
    }
    if (!Measure()) return std::nullopt;
    std::vector<AnchorPlace> found;
    for (size_t i = 0; i < anchors_.size(); ++i) {
      if (!places_[i]) continue;
      if (places_[i]->max > kMaxAnchorDistance) return std::nullopt;
      places_[i]->before = before_;
      found.push_back(*places_[i]);
    }
    return found;
  }

 private:
  static constexpr size_t kMaxPairs = 1'000'000;
  struct Edge {
    uint32_t from, to;
  };
  struct Hit {
    uint32_t from, anchor;
  };

  uint32_t Number(uint32_t state, uint32_t node) {
    const auto [it, added] =
        numbers_.emplace(uint64_t{state} << 32 | node, static_cast<uint32_t>(pairs_.size()));
    if (added) pairs_.emplace_back(state, node);
    return it->second;
  }

  void Expand(uint32_t from) {
    const auto [state, node] = pairs_[from];
    for (unsigned byte = 0; byte < 256; ++byte) {
      const uint32_t target = NextState(dfa_, state, byte);
      if (target == 0) continue;
      const uint32_t read = automaton_.Next(node, byte);
      const std::vector<size_t>& found = automaton_.Found(read);
      for (const size_t anchor : found) hits_.push_back({from, static_cast<uint32_t>(anchor)});
      if (!found.empty()) continue;
      before_.set(byte);
      const uint32_t to = Number(target, read);
      if (edges_.empty() || edges_.back().from != from || edges_.back().to != to) {
        edges_.push_back({from, to});
      }
    }
  }

  // Distances in topological order; false when a loop lies before the first anchor.
  bool Measure() {
    std::vector<uint32_t> incoming(pairs_.size()), first(pairs_.size() + 1), order;
    for (const Edge& edge : edges_) ++incoming[edge.to], ++first[edge.from + 1];
    for (size_t i = 0; i < pairs_.size(); ++i) first[i + 1] += first[i];
    std::vector<uint32_t> shortest(pairs_.size(), UINT32_MAX), longest(pairs_.size());
    for (uint32_t i = 0; i < pairs_.size(); ++i) {
      if (incoming[i] == 0) order.push_back(i);
      if (pairs_[i].second == 0 && i < kByteKinds && IsStart(pairs_[i].first)) shortest[i] = 0;
    }
    for (size_t at = 0; at < order.size(); ++at) {
      const uint32_t from = order[at];
      for (uint32_t e = first[from]; e < first[from + 1]; ++e) {
        const uint32_t to = edges_[e].to;
        shortest[to] = std::min(shortest[to], shortest[from] + 1);
        longest[to] = std::max(longest[to], longest[from] + 1);
        if (--incoming[to] == 0) order.push_back(to);
      }
    }
    if (order.size() != pairs_.size()) return false;
    for (const Hit& hit : hits_) {
      const auto size = static_cast<uint32_t>(anchors_[hit.anchor].size());
      auto& place = places_[hit.anchor];
      const uint32_t low = shortest[hit.from] + 1 - size;
      const uint32_t high = longest[hit.from] + 1 - size;
      if (!place) place = AnchorPlace{anchors_[hit.anchor], low, high, {}};
      place->min = std::min(place->min, low);
      place->max = std::max(place->max, high);
    }
    return true;
  }

  bool IsStart(uint32_t state) const {
    return std::find(dfa_.start.begin(), dfa_.start.end(), state) != dfa_.start.end();
  }

  const DfaView& dfa_;
  const std::vector<std::string>& anchors_;
  AnchorAutomaton automaton_;
  std::vector<std::optional<AnchorPlace>> places_;
  std::unordered_map<uint64_t, uint32_t> numbers_;
  std::vector<std::pair<uint32_t, uint32_t>> pairs_;
  std::vector<Edge> edges_;
  std::vector<Hit> hits_;
  ByteSet before_;
};

}  // namespace

std::vector<uint32_t> StatesAfterMark(const DfaView& dfa) {
  std::vector<uint32_t> states;
  for (const uint16_t start : dfa.start) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (start != 0 && !IsWordByte(byte)) states.push_back(NextState(dfa, start, byte));
    }
  }
  return states;
}

std::optional<std::vector<AnchorPlace>> FindAnchors(const DfaView& dfa,
                                                    const std::vector<std::string>& anchors,
                                                    bool caseless) {
  if (anchors.empty()) return std::nullopt;
  return AnchorSearch(dfa, anchors, caseless).Run();
}

PatternFacts FindFacts(const DfaView& dfa) {
  PatternFacts facts;
  for (const uint16_t start : dfa.start) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (start != 0 && NextState(dfa, start, byte) != 0) facts.first.set(byte);
    }
  }
  for (uint32_t state = 1; state < dfa.states; ++state) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (NextState(dfa, state, byte) != 0) facts.alphabet.set(byte);
    }
  }
  facts.min_length = ShortestMatch(dfa);
  PatternFacts mark;
  FindDigitDistance(dfa, StatesAfterMark(dfa), 1, &mark);
  facts.mark_digit_max = mark.digit_max;
  FindDigitDistance(dfa, {dfa.start.begin(), dfa.start.end()}, 0, &facts);
  facts.lengths = MatchLengths(dfa);
  facts.colon_gap = ColonGap(dfa);
  facts.max_length = LongestMatch(dfa);
  facts.digit_after_digit = CanFollow(dfa, ByteKind::kDigit, IsDigitByte);
  facts.word_after_word =
      CanFollow(dfa, ByteKind::kDigit, IsWordByte) || CanFollow(dfa, ByteKind::kWord, IsWordByte);
  facts.token_after_token =
      facts.word_after_word || CanFollow(dfa, ByteKind::kTokenMark, IsTokenByte);
  return facts;
}

std::optional<std::vector<AnchorPlace>> FindAnchors(const RegexNode& tree,
                                                    const std::vector<std::string>& anchors) {
  std::vector<AnchorPlace> places;
  if (!AnchorFinder(anchors, &places).Find(tree, {})) return std::nullopt;
  return places;
}

}  // namespace assay
