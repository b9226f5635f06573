#include "detect/dfa.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace assay {
namespace {

constexpr std::array<uint8_t, 256> MakeKinds() {
  std::array<uint8_t, 256> kinds{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    ByteKind kind = ByteKind::kOther;
    const char c = static_cast<char>(byte);
    if (c == '\n') kind = ByteKind::kNewline;
    if (c >= '0' && c <= '9') kind = ByteKind::kDigit;
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') kind = ByteKind::kWord;
    if (c == '+' || c == '/' || c == '=' || c == '-') kind = ByteKind::kTokenMark;
    kinds[byte] = static_cast<uint8_t>(kind);
  }
  return kinds;
}

bool IsWord(ByteKind kind) { return kind == ByteKind::kDigit || kind == ByteKind::kWord; }
bool IsToken(ByteKind kind) { return IsWord(kind) || kind == ByteKind::kTokenMark; }

bool Holds(Assertion assertion, ByteKind before, ByteKind after) {
  switch (assertion) {
    case Assertion::kLineStart:
      return before == ByteKind::kEdge || before == ByteKind::kNewline;
    case Assertion::kLineEnd:
      return after == ByteKind::kEdge || after == ByteKind::kNewline;
    case Assertion::kWordEdge:
      return IsWord(before) != IsWord(after);
    case Assertion::kNotWordEdge:
      return IsWord(before) == IsWord(after);
    case Assertion::kNoDigitBefore:
      return before != ByteKind::kDigit;
    case Assertion::kNoDigitAfter:
      return after != ByteKind::kDigit;
    case Assertion::kNoWordBefore:
      return !IsWord(before);
    case Assertion::kNoWordAfter:
      return !IsWord(after);
    case Assertion::kNoTokenBefore:
      return !IsToken(before);
    case Assertion::kNoTokenAfter:
      return !IsToken(after);
  }
  return false;
}

// Thompson construction. Node 0 is unused, so that 0 can mean "none".
struct NfaNode {
  enum class Kind : uint8_t { kBytes, kSplit, kAssert, kMatch };
  Kind kind = Kind::kMatch;
  Assertion assertion = Assertion::kWordEdge;
  uint16_t pattern = 0;
  uint32_t bytes = 0;  // index into sets
  uint32_t out = 0;
  uint32_t out2 = 0;
};

class Nfa {
 public:
  static constexpr size_t kMaxNodes = 200'000;
  Nfa() : nodes(1) {}

  bool too_large() const { return nodes.size() > kMaxNodes; }

  uint32_t Add(NfaNode node) {
    if (!too_large()) nodes.push_back(node);
    return static_cast<uint32_t>(nodes.size() - 1);
  }
  uint32_t AddAssert(Assertion assertion, uint32_t next) {
    NfaNode node;
    node.kind = NfaNode::Kind::kAssert;
    node.assertion = assertion;
    node.out = next;
    return Add(node);
  }
  uint32_t AddSplit(uint32_t a, uint32_t b) {
    NfaNode node;
    node.kind = NfaNode::Kind::kSplit;
    node.out = a;
    node.out2 = b;
    return Add(node);
  }

  // The entry of `tree` followed by `next`.
  uint32_t Compile(const RegexNode& tree, uint32_t next) {
    if (too_large()) return next;
    switch (tree.kind) {
      case RegexNode::Kind::kEmpty:
        return next;
      case RegexNode::Kind::kBytes: {
        NfaNode node;
        node.kind = NfaNode::Kind::kBytes;
        node.bytes = InternSet(tree.bytes);
        node.out = next;
        return Add(node);
      }
      case RegexNode::Kind::kAssert:
        return AddAssert(tree.assertion, next);
      case RegexNode::Kind::kConcat:
        for (size_t i = tree.children.size(); i-- > 0;) next = Compile(*tree.children[i], next);
        return next;
      case RegexNode::Kind::kAlternate: {
        uint32_t entry = Compile(*tree.children.back(), next);
        for (size_t i = tree.children.size() - 1; i-- > 0;) {
          entry = AddSplit(Compile(*tree.children[i], next), entry);
        }
        return entry;
      }
      case RegexNode::Kind::kRepeat:
        return CompileRepeat(tree, next);
    }
    return next;
  }

  std::vector<NfaNode> nodes;
  std::vector<ByteSet> sets;

 private:
  uint32_t CompileRepeat(const RegexNode& tree, uint32_t next) {
    const RegexNode& body = *tree.children[0];
    uint32_t entry = next;
    if (tree.max == RegexNode::kUnbounded) {
      const uint32_t loop = AddSplit(0, next);
      const uint32_t inside = Compile(body, loop);
      if (!too_large()) nodes[loop].out = inside;
      entry = loop;
    } else {
      for (uint32_t i = tree.min; i < tree.max && !too_large(); ++i) {
        entry = AddSplit(Compile(body, entry), next);
      }
    }
    for (uint32_t i = 0; i < tree.min && !too_large(); ++i) entry = Compile(body, entry);
    return entry;
  }

  uint32_t InternSet(const ByteSet& set) {
    const auto [it, added] =
        set_numbers_.emplace(set.to_string(), static_cast<uint32_t>(sets.size()));
    if (added) sets.push_back(set);
    return it->second;
  }

  std::unordered_map<std::string, uint32_t> set_numbers_;
};

std::pair<std::vector<Assertion>, std::vector<Assertion>> BoundaryAssertions(Boundary boundary) {
  switch (boundary) {
    case Boundary::kNone:
      return {};
    case Boundary::kDigit:
      return {{Assertion::kNoDigitBefore}, {Assertion::kNoDigitAfter}};
    case Boundary::kWord:
      return {{Assertion::kNoWordBefore}, {Assertion::kNoWordAfter}};
    case Boundary::kToken:
      return {{Assertion::kNoTokenBefore}, {Assertion::kNoTokenAfter}};
  }
  return {};
}

// Subset construction. A DFA state is a set of NFA nodes whose empty moves are not yet followed,
// and the kind of the byte just read: assertions are decided when the next byte is known.
class Builder {
 public:
  Builder(std::span<const DfaPattern> patterns, size_t max_states) : max_states_(max_states) {
    for (const DfaPattern& pattern : patterns) {
      NfaNode match;
      match.pattern = pattern.number;
      uint32_t entry = nfa_.Add(match);
      const auto [before, after] = BoundaryAssertions(pattern.boundary);
      for (const Assertion assertion : after) entry = nfa_.AddAssert(assertion, entry);
      entry = nfa_.Compile(*pattern.tree, entry);
      for (const Assertion assertion : before) entry = nfa_.AddAssert(assertion, entry);
      starts_.push_back(entry);
    }
  }

  Result<Dfa> Build() {
    if (nfa_.too_large()) return TooLarge();
    MakeClasses();
    mark_.assign(nfa_.nodes.size(), 0);
    states_.emplace_back();  // dead
    next_.resize(class_count_);
    accepts_.emplace_back();
    std::sort(starts_.begin(), starts_.end());
    std::array<uint32_t, kByteKinds> start{};
    for (size_t kind = 0; kind < kByteKinds; ++kind) {
      start[kind] = Intern(starts_, static_cast<ByteKind>(kind));
    }
    for (size_t i = 1; i < states_.size(); ++i) {
      if (states_.size() > max_states_) return TooLarge();
      Expand(static_cast<uint32_t>(i));
    }
    return Finish(start);
  }

 private:
  struct State {
    std::vector<uint32_t> nodes;
    ByteKind before = ByteKind::kEdge;
  };
  using Accepts = std::array<uint16_t, kByteKinds>;

  static Status TooLarge() {
    return ResourceExhausted("the pattern needs too many states: bound its repeats more tightly");
  }

  void MakeClasses() {
    std::map<std::string, uint8_t> known;
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string signature(1, static_cast<char>('0' + kByteKindTable[byte]));
      for (const ByteSet& set : nfa_.sets) signature.push_back(set[byte] ? '1' : '0');
      const auto [it, added] = known.emplace(signature, static_cast<uint8_t>(known.size()));
      if (added) class_byte_.push_back(static_cast<uint8_t>(byte));
      classes_[byte] = it->second;
    }
    class_count_ = static_cast<uint32_t>(known.size());
  }

  bool HasAssert(const std::vector<uint32_t>& nodes) {
    ++generation_;
    std::vector<uint32_t>& stack = stack_;
    stack = nodes;
    while (!stack.empty()) {
      const uint32_t n = stack.back();
      stack.pop_back();
      if (mark_[n] == generation_) continue;
      mark_[n] = generation_;
      const NfaNode& node = nfa_.nodes[n];
      if (node.kind == NfaNode::Kind::kAssert) return true;
      if (node.kind == NfaNode::Kind::kSplit) stack.push_back(node.out), stack.push_back(node.out2);
    }
    return false;
  }

  uint32_t Intern(const std::vector<uint32_t>& nodes, ByteKind before) {
    if (nodes.empty()) return 0;
    std::string key(reinterpret_cast<const char*>(nodes.data()), nodes.size() * sizeof(uint32_t));
    key.push_back(static_cast<char>(before));
    const auto [it, added] = numbers_.emplace(std::move(key), states_.size());
    if (added) {
      states_.push_back({nodes, before});
      next_.resize(next_.size() + class_count_);
      accepts_.emplace_back();
    }
    return static_cast<uint32_t>(it->second);
  }

  // Follows empty moves, given what comes next; fills byte_nodes_ and matches_.
  void Close(const State& state, ByteKind after) {
    ++generation_;
    byte_nodes_.clear();
    matches_.clear();
    stack_ = state.nodes;
    while (!stack_.empty()) {
      const uint32_t n = stack_.back();
      stack_.pop_back();
      if (mark_[n] == generation_) continue;
      mark_[n] = generation_;
      const NfaNode& node = nfa_.nodes[n];
      switch (node.kind) {
        case NfaNode::Kind::kBytes:
          byte_nodes_.push_back(n);
          break;
        case NfaNode::Kind::kSplit:
          stack_.push_back(node.out), stack_.push_back(node.out2);
          break;
        case NfaNode::Kind::kMatch:
          matches_.push_back(node.pattern);
          break;
        case NfaNode::Kind::kAssert:
          if (Holds(node.assertion, state.before, after)) stack_.push_back(node.out);
          break;
      }
    }
  }

  uint16_t InternMatches() {
    if (matches_.empty()) return 0;
    std::sort(matches_.begin(), matches_.end());
    matches_.erase(std::unique(matches_.begin(), matches_.end()), matches_.end());
    const auto [it, added] =
        set_numbers_.emplace(matches_, static_cast<uint16_t>(set_numbers_.size() + 1));
    if (added) accept_sets_.push_back(matches_);
    return it->second;
  }

  void Expand(uint32_t index) {
    const State state = states_[index];
    for (size_t k = 0; k < kByteKinds; ++k) {
      const auto kind = static_cast<ByteKind>(k);
      Close(state, kind);
      accepts_[index][k] = InternMatches();
      const std::vector<uint32_t> byte_nodes = byte_nodes_;
      for (uint32_t c = 0; c < class_count_; ++c) {
        const uint8_t byte = class_byte_[c];
        if (kByteKindTable[byte] != k) continue;
        targets_.clear();
        for (const uint32_t n : byte_nodes) {
          const NfaNode& node = nfa_.nodes[n];
          if (nfa_.sets[node.bytes][byte]) targets_.push_back(node.out);
        }
        std::sort(targets_.begin(), targets_.end());
        targets_.erase(std::unique(targets_.begin(), targets_.end()), targets_.end());
        const ByteKind before = HasAssert(targets_) ? kind : ByteKind::kEdge;
        const uint32_t target = Intern(targets_, before);
        next_[index * class_count_ + c] = target;
      }
    }
  }

  // Merges states that no continuation can tell apart (Moore's refinement).
  std::vector<uint32_t> Blocks(uint32_t* count) const {
    std::vector<uint32_t> block(states_.size());
    std::map<Accepts, uint32_t> by_accept;
    for (size_t s = 0; s < states_.size(); ++s) {
      block[s] = by_accept.emplace(accepts_[s], by_accept.size()).first->second;
    }
    uint32_t blocks = static_cast<uint32_t>(by_accept.size());
    for (;;) {
      std::unordered_map<std::string, uint32_t> numbers;
      std::vector<uint32_t> refined(block.size());
      std::string key;
      for (size_t s = 0; s < block.size(); ++s) {
        key.assign(reinterpret_cast<const char*>(&block[s]), sizeof(uint32_t));
        for (uint32_t c = 0; c < class_count_; ++c) {
          const uint32_t target = block[next_[s * class_count_ + c]];
          key.append(reinterpret_cast<const char*>(&target), sizeof target);
        }
        refined[s] = numbers.emplace(key, static_cast<uint32_t>(numbers.size())).first->second;
      }
      block = std::move(refined);
      if (numbers.size() == blocks) break;
      blocks = static_cast<uint32_t>(numbers.size());
    }
    *count = blocks;
    return block;
  }

  // Numbers blocks: dead first, accepting ones last.
  Result<Dfa> Finish(const std::array<uint32_t, kByteKinds>& start) {
    uint32_t blocks = 0;
    const std::vector<uint32_t> block = Blocks(&blocks);
    if (blocks > 65535 || set_numbers_.size() > 65534) return TooLarge();
    std::vector<uint32_t> member(blocks, UINT32_MAX);
    for (size_t s = states_.size(); s-- > 0;) member[block[s]] = static_cast<uint32_t>(s);
    std::vector<uint32_t> order;
    for (const bool accepting : {false, true}) {
      for (uint32_t b = 0; b < blocks; ++b) {
        const Accepts& accepts = accepts_[member[b]];
        const bool accepts_any =
            std::any_of(accepts.begin(), accepts.end(), [](auto a) { return a; });
        if (b != block[0] && accepts_any == accepting) order.push_back(b);
      }
      if (!accepting) {
        order.insert(order.begin(), block[0]);
        first_accept_ = static_cast<uint32_t>(order.size());
      }
    }
    std::vector<uint16_t> number(blocks);
    for (size_t i = 0; i < order.size(); ++i) number[order[i]] = static_cast<uint16_t>(i);

    Dfa dfa;
    dfa.classes = classes_;
    dfa.class_count = std::bit_ceil(class_count_);
    dfa.first_accept = first_accept_;
    for (size_t k = 0; k < kByteKinds; ++k) dfa.start[k] = number[block[start[k]]];
    for (const uint32_t b : order) {
      for (uint32_t c = 0; c < class_count_; ++c) {
        dfa.next.push_back(number[block[next_[member[b] * class_count_ + c]]]);
      }
      dfa.next.resize((dfa.next.size() + dfa.class_count - 1) / dfa.class_count * dfa.class_count);
    }
    for (size_t i = first_accept_; i < order.size(); ++i) {
      const Accepts& accepts = accepts_[member[order[i]]];
      dfa.accepts.insert(dfa.accepts.end(), accepts.begin(), accepts.end());
    }
    dfa.sets_begin = {0, 0};
    for (const auto& set : accept_sets_) {
      dfa.sets.insert(dfa.sets.end(), set.begin(), set.end());
      dfa.sets_begin.push_back(static_cast<uint32_t>(dfa.sets.size()));
    }
    return dfa;
  }

  Nfa nfa_;
  size_t max_states_;
  std::vector<uint32_t> starts_;
  std::array<uint8_t, 256> classes_{};
  std::vector<uint8_t> class_byte_;
  uint32_t class_count_ = 0;
  uint32_t first_accept_ = 0;
  std::vector<State> states_;
  std::unordered_map<std::string, size_t> numbers_;
  std::vector<uint32_t> next_;
  std::vector<Accepts> accepts_;
  std::map<std::vector<uint16_t>, uint16_t> set_numbers_;
  std::vector<std::vector<uint16_t>> accept_sets_;
  std::vector<uint32_t> mark_, stack_, byte_nodes_, targets_;
  std::vector<uint16_t> matches_;
  uint32_t generation_ = 0;
};

}  // namespace

constinit const std::array<uint8_t, 256> kByteKindTable = MakeKinds();

DfaView Dfa::View() const {
  DfaView view;
  view.classes = classes.data();
  view.next = next.data();
  view.accepts = accepts.data();
  view.sets_begin = sets_begin.data();
  view.sets = sets.data();
  view.class_count = class_count;
  view.states = states();
  view.first_accept = first_accept;
  view.set_count = static_cast<uint32_t>(sets_begin.size() - 1);
  view.start = start;
  return view;
}

std::vector<uint16_t> MakeOffsets(const DfaView& dfa) {
  const size_t size = size_t{dfa.states} * dfa.class_count;
  std::vector<uint16_t> offsets;
  if (size > 8192) return offsets;
  offsets.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    offsets.push_back(static_cast<uint16_t>(dfa.next[i] * dfa.class_count));
  }
  return offsets;
}

Result<Dfa> BuildDfa(std::span<const DfaPattern> patterns, size_t max_states) {
  return Builder(patterns, std::min<size_t>(max_states, 400'000)).Build();
}

}  // namespace assay
