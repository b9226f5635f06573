#include "store/object_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "store/resource_rows.h"
#include "store/test_databases.h"

namespace assay {
namespace {

using ObjectId = std::tuple<std::string, std::string, std::string>;
using Objects = std::map<ObjectId, ObjectRow>;

ObjectId IdOf(const ObjectRow& row) { return {row.account_id, row.bucket, row.key}; }

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The filter, said once more in the plainest way.
bool Matches(const ObjectFilter& filter, const ObjectRow& row) {
  return (filter.account_id.empty() || row.account_id == filter.account_id) &&
         (filter.bucket.empty() || row.bucket == filter.bucket) &&
         row.key.starts_with(filter.prefix) &&
         (filter.outcome.empty() || row.outcome == filter.outcome) &&
         (filter.reason.empty() || row.reason == filter.reason) &&
         (!filter.min_risk || row.dlp_risk >= *filter.min_risk) &&
         (!filter.max_risk || row.dlp_risk <= *filter.max_risk) &&
         (filter.pii_type.empty() || Has(row.pii_types, filter.pii_type)) &&
         (filter.pii_impact.empty() || row.pii_impact == filter.pii_impact) &&
         (filter.theme.empty() || Has(row.themes, filter.theme)) &&
         (!filter.since_ms || row.classified_at_ms >= *filter.since_ms) &&
         (!filter.until_ms || row.classified_at_ms < *filter.until_ms) &&
         (!filter.world_readable || row.world_readable);
}

// The same for what is tried on one object after the other.
bool MatchesRest(const ObjectFilter& filter, const ObjectRow& row) {
  const std::string& encryption = filter.server_encryption;
  return (filter.key.empty() || row.key == filter.key) &&
         (filter.first_prefix.empty() || row.key.starts_with(filter.first_prefix + '/')) &&
         (filter.etag.empty() || row.etag == filter.etag) &&
         (!filter.min_size || row.size >= *filter.min_size) &&
         (!filter.max_size || row.size <= *filter.max_size) &&
         (!filter.modified_since_ms || row.last_modified_ms >= *filter.modified_since_ms) &&
         (!filter.modified_until_ms || row.last_modified_ms < *filter.modified_until_ms) &&
         (encryption.empty() ||
          row.server_encryption == (encryption == "none" ? "" : encryption)) &&
         (filter.sse_kms_key_id.empty() || row.sse_kms_key_id == filter.sse_kms_key_id) &&
         (filter.record.text.empty() || filter.record.accepts(row.key, row.record));
}

class ObjectRowsTest : public DatabaseTest {
 protected:
  ObjectRow Random() {
    ObjectRow row;
    row.account_id = Pick({"111111111111", "222222222222"});
    row.bucket = Pick({"alpha", "beta", "Gamma"});
    row.key = Pick({"a/", "a/b/", "\xff\xfe/", "z", ""}) + "k" + std::to_string(Up(200));
    row.etag = std::string("e\0\xff", 3) + std::to_string(Up(9));
    row.size = Up(1'000'000);
    row.classified_at_ms = 1'000 + Up(300);
    row.last_modified_ms = 500 + Up(400);
    row.server_encryption = Pick({"", "AES256", "aws:kms"});
    if (row.server_encryption == "aws:kms") row.sse_kms_key_id = Pick({"key/1", "key/2"});
    row.world_readable = Up(8) == 0;
    row.record = R"({"key":"ü","language_code":")" + Pick({"en", "de"}) + "\"}";
    const int kind = Up(10);
    if (kind < 6) {
      row.outcome = "classified";
      row.dlp_risk = static_cast<uint32_t>(Up(10)) + 1;
      row.detections = "found";
      row.bytes_classified = row.size;
      row.charged_bytes = row.size;
      row.pii_impact = Pick({"none", "low", "high"});
      for (const char* type : {"NAME", "EMAIL", "SSN"}) {
        if (Up(4) == 0) row.pii_types.emplace_back(type);
      }
      for (const char* theme : {"Banking", "Secret Markings"}) {
        if (Up(6) == 0) row.themes.emplace_back(theme);
      }
    } else {
      row.outcome = kind < 8 ? "skipped" : "failed";
      row.reason = Pick({"kms", "archived", "timeout"});
      row.pii_impact = "none";
      row.retryable = kind == 9;
      row.attempts = static_cast<uint32_t>(Up(3));
    }
    return row;
  }

  ObjectFilter RandomFilter() {
    ObjectFilter filter;
    if (Up(2) == 0) filter.account_id = Pick({"111111111111", "222222222222", "333333333333"});
    if (Up(2) == 0) filter.bucket = Pick({"alpha", "beta", "Gamma"});
    if (!filter.bucket.empty() && Up(3) == 0) filter.prefix = Pick({"a/", "a/b/", "\xff", "nope"});
    if (Up(4) == 0) filter.outcome = Pick({"classified", "skipped", "failed", "nonsense"});
    if (Up(5) == 0) filter.reason = Pick({"kms", "timeout"});
    if (Up(4) == 0) filter.min_risk = Up(10);
    if (Up(4) == 0) filter.max_risk = Up(13);
    if (Up(4) == 0) filter.pii_type = Pick({"NAME", "SSN", "IBAN"});
    if (Up(5) == 0) filter.pii_impact = Pick({"none", "high"});
    if (Up(5) == 0) filter.theme = Pick({"Banking", "Secret Markings"});
    if (Up(4) == 0) filter.since_ms = 1'000 + Up(300);
    if (Up(4) == 0) filter.until_ms = 1'000 + Up(300);
    if (Up(6) == 0) filter.world_readable = true;
    if (Up(2) == 0) AddRest(&filter);
    return filter;
  }

  void AddRest(ObjectFilter* filter) {
    if (Up(5) == 0) filter->key = Pick({"a/", "z", ""}) + "k" + std::to_string(Up(200));
    if (Up(5) == 0) filter->first_prefix = Pick({"a", "\xff\xfe", "k1"});
    if (Up(8) == 0) filter->etag = std::string("e\0\xff", 3) + std::to_string(Up(9));
    if (Up(6) == 0) filter->min_size = Up(1'000'000);
    if (Up(6) == 0) filter->max_size = Up(1'000'000);
    if (Up(6) == 0) filter->modified_since_ms = 500 + Up(400);
    if (Up(6) == 0) filter->modified_until_ms = 500 + Up(400);
    if (Up(6) == 0) filter->server_encryption = Pick({"none", "AES256", "aws:kms"});
    if (Up(8) == 0) filter->sse_kms_key_id = Pick({"key/1", "key/3"});
    if (Up(4) == 0) {
      filter->record.text = Pick({"en", "de", "fr"});
      filter->record.accepts = [word = filter->record.text](std::string_view,
                                                            std::string_view record) {
        return record.find("\"" + word + "\"") != std::string_view::npos;
      };
    }
  }

  // All pages of a list.
  std::vector<ObjectRow> ListAll(const ObjectFilter& filter, ObjectOrder order, uint32_t limit) {
    std::vector<ObjectRow> all;
    std::string token;
    do {
      ObjectPage page;
      Status status = database_->Read([&](Transaction& tx) -> Status {
        ASSAY_ASSIGN_OR_RETURN(page, ListObjects(tx, filter, order, token, limit));
        return Status::Ok();
      });
      EXPECT_OK(status);
      if (!status.ok()) return all;
      EXPECT_LE(page.objects.size(), limit);
      all.insert(all.end(), page.objects.begin(), page.objects.end());
      token = page.next;
    } while (!token.empty());
    return all;
  }

  // What the tables say of themselves, counted anew.
  void ExpectCountsAreExact() {
    EXPECT_EQ(Number(fmt::format(
                  "SELECT count(*) FROM (SELECT bucket_id, label_id, dlp_risk, count(*) AS n "
                  "FROM {} GROUP BY bucket_id, label_id, dlp_risk) e FULL OUTER JOIN "
                  "(SELECT * FROM label_count WHERE objects <> 0 OR bytes_classified <> 0) c ON "
                  "c.bucket_id = e.bucket_id AND c.label_id = e.label_id AND c.dlp_risk = "
                  "e.dlp_risk WHERE c.objects IS NULL OR e.n IS NULL OR c.objects <> e.n",
                  kAllEntries)),
              0);
    EXPECT_EQ(Number(fmt::format("SELECT count(*) FROM (SELECT bucket_id, label_id, dlp_risk, "
                                 "max(classified_at_ms) AS newest_ms FROM {} GROUP BY bucket_id, "
                                 "label_id, dlp_risk) e JOIN label_count c ON c.bucket_id = "
                                 "e.bucket_id AND c.label_id = e.label_id AND c.dlp_risk = "
                                 "e.dlp_risk WHERE c.newest_ms < e.newest_ms",
                                 kAllEntries)),
              0);
    EXPECT_EQ(Number("SELECT count(*) FROM object_label l LEFT JOIN object o ON o.id = l.object_id "
                     "AND o.dlp_risk = l.dlp_risk AND o.classified_at_ms = l.classified_at_ms AND "
                     "o.bucket_id = l.bucket_id WHERE o.id IS NULL"),
              0);
    EXPECT_EQ(
        Number("SELECT count(*) FROM (SELECT * FROM object WHERE dlp_risk > 0) o FULL OUTER JOIN "
               "object_detections d ON o.bucket_id = d.bucket_id AND o.id = d.object_id "
               "WHERE o.id IS NULL OR d.object_id IS NULL"),
        0);
  }

  void ExpectOutcomes(const Objects& objects) {
    std::map<std::tuple<std::string, std::string, std::string, std::string>, OutcomeCount> expected;
    for (const auto& [id, row] : objects) {
      OutcomeCount& count = expected[{row.account_id, row.bucket, row.outcome, row.reason}];
      ++count.objects;
      count.bytes_classified += static_cast<uint64_t>(row.bytes_classified);
      count.high_risk += row.dlp_risk >= 8 ? 1 : 0;
    }
    std::vector<OutcomeCount> counts;
    EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(counts, CountOutcomes(tx, "", ""));
      return Status::Ok();
    }));
    ASSERT_EQ(counts.size(), expected.size());
    for (const OutcomeCount& count : counts) {
      const OutcomeCount& want =
          expected[{count.account_id, count.bucket, count.outcome, count.reason}];
      EXPECT_EQ(count.objects, want.objects) << count.outcome << count.reason;
      EXPECT_EQ(count.bytes_classified, want.bytes_classified);
      EXPECT_EQ(count.high_risk, want.high_risk);
    }
  }

  Objects Fill(int rounds) {
    Objects objects;
    for (int i = 0; i < rounds; ++i) {
      std::vector<ObjectRow> batch;
      for (int j = Up(150); j >= 0; --j) batch.push_back(Random());
      Write([&](Transaction& tx) { return PutObjects(tx, batch); });
      for (const ObjectRow& row : batch) objects[IdOf(row)] = row;
    }
    return objects;
  }

  int Up(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  std::string Pick(const std::vector<std::string>& names) {
    return names[static_cast<size_t>(Up(static_cast<int>(names.size())))];
  }

  std::mt19937 random_{20261124};
};
ASSAY_ON_BOTH_DATABASES(ObjectRowsTest);

TEST_P(ObjectRowsTest, ARowComesBackAsItWasPut) {
  ObjectRow row;
  row.account_id = "111111111111";
  row.bucket = "b";
  row.key = std::string("k\0\xff'?1", 6);
  row.etag = "\xfe";
  row.version_id = "v";
  row.size = int64_t{1} << 60;
  row.last_modified_ms = 12;
  row.outcome = "failed";
  row.reason = "timeout";
  row.retryable = true;
  row.dlp_risk = 10;
  row.pii_impact = "high";
  row.pii_types = {"SSN", "NAME"};
  row.themes = {"Banking"};
  row.server_encryption = "aws:kms";
  row.sse_kms_key_id = "arn";
  row.bytes_classified = 5;
  row.charged_bytes = 6;
  row.classified_at_ms = 13;
  row.attempts = 3;
  row.not_before_ms = 14;
  row.record = R"({"a":1})";
  row.detections = std::string("\x01\x00\xff", 3);
  Write([&](Transaction& tx) { return PutObjects(tx, {row}); });
  std::optional<ObjectRow> got;
  std::optional<ObjectMark> mark;
  EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(got, GetObject(tx, row.account_id, row.bucket, row.key));
    ASSAY_ASSIGN_OR_RETURN(mark, GetObjectMark(tx, row.account_id, row.bucket, row.key));
    return Status::Ok();
  }));
  ASSERT_TRUE(got && mark);
  EXPECT_EQ(IdOf(*got), IdOf(row));
  EXPECT_EQ(std::tie(got->etag, got->version_id, got->size, got->last_modified_ms, got->outcome,
                     got->reason, got->retryable, got->dlp_risk, got->pii_impact, got->pii_types),
            std::tie(row.etag, row.version_id, row.size, row.last_modified_ms, row.outcome,
                     row.reason, row.retryable, row.dlp_risk, row.pii_impact, row.pii_types));
  EXPECT_EQ(std::tie(got->themes, got->server_encryption, got->sse_kms_key_id,
                     got->bytes_classified, got->charged_bytes, got->classified_at_ms,
                     got->attempts, got->not_before_ms, got->record, got->detections),
            std::tie(row.themes, row.server_encryption, row.sse_kms_key_id, row.bytes_classified,
                     row.charged_bytes, row.classified_at_ms, row.attempts, row.not_before_ms,
                     row.record, row.detections));
  ObjectPage list;
  EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(
        list, ListObjects(tx, {}, ObjectOrder::kKey, "", 10, ObjectParts::kWithoutDetections));
    return Status::Ok();
  }));
  ASSERT_EQ(list.objects.size(), 1U);
  EXPECT_EQ(list.objects[0].record, row.record);
  EXPECT_EQ(list.objects[0].detections, "");
  EXPECT_EQ(std::tie(mark->key, mark->etag, mark->version_id, mark->outcome, mark->retryable,
                     mark->attempts, mark->not_before_ms, mark->charged_bytes),
            std::tie(row.key, row.etag, row.version_id, row.outcome, row.retryable, row.attempts,
                     row.not_before_ms, row.charged_bytes));
}

TEST_P(ObjectRowsTest, CountsStayExactThroughReplacementAndDeletion) {
  Objects objects = Fill(12);
  ExpectCountsAreExact();
  ExpectOutcomes(objects);
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> gone;
  for (const auto& [id, row] : objects) {
    if (Up(3) == 0) gone[{row.account_id, row.bucket}].push_back(row.key);
  }
  for (auto& [place, keys] : gone) {
    const size_t there = keys.size();
    keys.insert(keys.end(), {"never there", keys.front()});
    Write([&, &place = place, &keys = keys](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const uint64_t deleted,
                             DeleteObjects(tx, place.first, place.second, keys));
      EXPECT_EQ(deleted, there);
      return Status::Ok();
    });
    for (const std::string& key : keys) objects.erase({place.first, place.second, key});
  }
  ExpectCountsAreExact();
  ExpectOutcomes(objects);
}

TEST_P(ObjectRowsTest, ListsAgreeWithAPlainFilterInEveryOrder) {
  const Objects objects = Fill(12);
  for (int i = 0; i < 150; ++i) {
    const ObjectFilter filter = RandomFilter();
    std::set<ObjectId> expected;
    for (const auto& [id, row] : objects) {
      if (Matches(filter, row) && MatchesRest(filter, row)) expected.insert(id);
    }
    for (const ObjectOrder order : {ObjectOrder::kRisk, ObjectOrder::kTime, ObjectOrder::kKey}) {
      const std::vector<ObjectRow> listed =
          ListAll(filter, order, static_cast<uint32_t>(1 + Up(60)));
      std::set<ObjectId> ids;
      for (const ObjectRow& row : listed) EXPECT_TRUE(ids.insert(IdOf(row)).second);
      ASSERT_EQ(ids, expected) << "filter " << i << " order " << static_cast<int>(order);
      const auto before = [&](const ObjectRow& a, const ObjectRow& b) {
        if (order == ObjectOrder::kKey) return IdOf(a) < IdOf(b);
        if (order == ObjectOrder::kTime) return a.classified_at_ms > b.classified_at_ms;
        return std::tie(a.dlp_risk, a.classified_at_ms) > std::tie(b.dlp_risk, b.classified_at_ms);
      };
      EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end(), before)) << static_cast<int>(order);
    }
  }
}

TEST_P(ObjectRowsTest, MarksAreThoseOfTheRangeInByteOrder) {
  const Objects objects = Fill(6);
  std::vector<std::string> expected;
  for (const auto& [id, row] : objects) {
    if (row.account_id == "111111111111" && row.bucket == "beta" && row.key >= "a/b/" &&
        row.key <= "\xff\xfe/k5") {
      expected.push_back(row.key);
    }
  }
  std::vector<std::string> got;
  EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const auto marks,
                           ListObjectMarks(tx, "111111111111", "beta", "a/b/", "\xff\xfe/k5", 0));
    ASSAY_ASSIGN_OR_RETURN(const auto first,
                           ListObjectMarks(tx, "111111111111", "beta", "a/b/", "\xff\xfe/k5", 2));
    EXPECT_EQ(first.size(), 2U);
    for (const ObjectMark& mark : marks) got.push_back(mark.key);
    return Status::Ok();
  }));
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(got, expected);
}

TEST_P(ObjectRowsTest, MarksOfKeysAreFoundHoweverManyLieBetween) {
  constexpr size_t kRows = 3000;
  std::vector<ObjectRow> rows(kRows);
  std::vector<std::string> all;
  for (size_t i = 0; i < kRows; ++i) {
    rows[i].account_id = "111111111111";
    rows[i].bucket = "many";
    rows[i].key = fmt::format("k{:05}", i);
    rows[i].outcome = "classified";
    all.push_back(rows[i].key);
  }
  Write([&](Transaction& tx) { return PutObjects(tx, rows); });
  const auto found = [&](const std::vector<std::string>& keys) {
    std::vector<std::string> got;
    EXPECT_OK(database_->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const auto marks, GetObjectMarks(tx, "111111111111", "many", keys));
      for (const ObjectMark& mark : marks) got.push_back(mark.key);
      return Status::Ok();
    }));
    return got;
  };
  EXPECT_EQ(found(all), all);
  EXPECT_EQ(found({"a", "k00000", "k00000x", "k01500", "k02998", "k02999", "z"}),
            (std::vector<std::string>{"k00000", "k01500", "k02998", "k02999"}));
  std::vector<std::string> some;
  std::vector<std::string> mixed;  // with as many that are not there
  for (size_t i = 7; i < kRows; i += 40) {
    some.push_back(all[i]);
    mixed.push_back(all[i]);
    mixed.push_back(all[i] + "+");
  }
  EXPECT_EQ(found(mixed), some);
  EXPECT_TRUE(found({}).empty());
  EXPECT_TRUE(found({"z"}).empty());
}

TEST_P(ObjectRowsTest, ATokenOfAnotherQueryOrAForgedOneIsRefused) {
  Fill(3);
  ObjectFilter filter;
  std::string token;
  const auto list = [&](const ObjectFilter& f, ObjectOrder order, const std::string& t) {
    return database_->Read([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(const ObjectPage page, ListObjects(tx, f, order, t, 5));
      token = page.next;
      return Status::Ok();
    });
  };
  for (const ObjectOrder order : {ObjectOrder::kRisk, ObjectOrder::kKey}) {
    EXPECT_OK(list(filter, order, ""));
    const std::string good = token;
    ASSERT_FALSE(good.empty());
    EXPECT_OK(list(filter, order, good));
    ObjectFilter other;
    other.outcome = "classified";
    EXPECT_EQ(list(other, order, good).code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(list(filter, ObjectOrder::kTime, good).code(), StatusCode::kInvalidArgument);
    for (size_t i = 0; i < good.size(); ++i) {
      std::string forged = good;
      forged[i] = forged[i] == '0' ? '1' : '0';
      EXPECT_EQ(list(filter, order, forged).code(), StatusCode::kInvalidArgument);
      EXPECT_EQ(list(filter, order, good.substr(0, i)).code(),
                i == 0 ? StatusCode::kOk : StatusCode::kInvalidArgument);
    }
    EXPECT_EQ(list(filter, order, good + "00").code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(list(filter, order, std::string("\0\xff", 2)).code(), StatusCode::kInvalidArgument);
  }
}

TEST_P(ObjectRowsTest, WhatCannotBeIsRefused) {
  ObjectRow row = Random();
  row.dlp_risk = 11;
  const auto put = [&](Transaction& tx) { return PutObjects(tx, {row}); };
  EXPECT_EQ(database_->Write(put).code(), StatusCode::kInvalidArgument);
  row.dlp_risk = 1;
  row.outcome = "";
  EXPECT_EQ(database_->Write(put).code(), StatusCode::kInvalidArgument);
  ObjectFilter filter;
  filter.prefix = "a";
  const auto list = [&](uint32_t limit) {
    return database_->Read([&](Transaction& tx) {
      return ListObjects(tx, filter, ObjectOrder::kKey, "", limit).status();
    });
  };
  EXPECT_EQ(list(10).code(), StatusCode::kInvalidArgument);
  filter.prefix = "";
  EXPECT_EQ(list(0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(list(1001).code(), StatusCode::kInvalidArgument);
  EXPECT_OK(list(1000));
}

TEST_P(ObjectRowsTest, PruningTakesOldObjectsThatNothingMonitors) {
  Objects objects = Fill(8);
  Write([](Transaction& tx) -> Status {
    for (const auto& [bucket, prefix] :
         {std::pair{"alpha", ""}, {"beta", "a/b/"}, {"beta", "a/b/k1"}, {"beta", "\xff\xfe/"}}) {
      ResourceRow resource;
      resource.account_id = "111111111111";
      resource.region = "us-east-1";
      resource.bucket = bucket;
      resource.prefix = prefix;
      ASSAY_RETURN_IF_ERROR(InsertResource(tx, resource).status());
    }
    return Status::Ok();
  });
  std::erase_if(objects, [](const auto& entry) {
    const ObjectRow& row = entry.second;
    const bool monitored =
        row.account_id == "111111111111" &&
        (row.bucket == "alpha" || (row.bucket == "beta" && (row.key.starts_with("a/b/") ||
                                                            row.key.starts_with("\xff\xfe/"))));
    return !monitored && row.classified_at_ms < 1'150;
  });
  for (uint64_t pruned = 7; pruned == 7;) {
    Write([&](Transaction& tx) -> Status {
      ASSAY_ASSIGN_OR_RETURN(pruned, PruneObjects(tx, 1'150, 7));
      EXPECT_LE(pruned, 7U);
      return Status::Ok();
    });
  }
  std::set<ObjectId> left;
  for (const ObjectRow& row : ListAll({}, ObjectOrder::kKey, 1000)) left.insert(IdOf(row));
  std::set<ObjectId> expected;
  for (const auto& [id, row] : objects) expected.insert(id);
  EXPECT_EQ(left, expected);
  ExpectCountsAreExact();
}

// Two transactions about the same objects, of which one begins when the other is about to commit.
class ObjectRowsRaceTest : public ObjectRowsTest {
 protected:
  // All objects, as they are classified anew.
  static std::vector<ObjectRow> Anew(Objects* objects) {
    std::vector<ObjectRow> rows;
    for (auto& [id, row] : *objects) {
      row.classified_at_ms += 1'000'000;
      row.dlp_risk = row.dlp_risk == 0 ? 0 : 11 - row.dlp_risk;
      rows.push_back(row);
    }
    return rows;
  }
  // Runs `other` once `body` has done its work, and lets that commit a while later.
  void Beside(bool locking, const std::function<Status(Transaction&)>& body,
              const std::function<void()>& other) {
    std::promise<void> done;
    std::thread first([&] {
      bool told = false;
      const auto hold = [&](Transaction& tx) -> Status {
        ASSAY_RETURN_IF_ERROR(body(tx));
        if (!std::exchange(told, true)) done.set_value();
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        return Status::Ok();
      };
      EXPECT_OK(locking ? database_->WriteLocking(hold) : database_->Write(hold));
    });
    done.get_future().wait();
    other();
    first.join();
  }
};
ASSAY_ON_BOTH_DATABASES(ObjectRowsRaceTest);

TEST_P(ObjectRowsRaceTest, WhatIsReplacedIsNotPruned) {
  Objects objects = Fill(2);
  const std::vector<ObjectRow> rows = Anew(&objects);
  Beside(
      /*locking=*/true, [&](Transaction& tx) { return PutObjects(tx, rows); },
      [&] { Write([](Transaction& tx) { return PruneObjects(tx, 500'000, 1000).status(); }); });
  ExpectCountsAreExact();
  ExpectOutcomes(objects);
}

TEST_P(ObjectRowsRaceTest, WhatIsPrunedCanBeReplaced) {
  Objects objects = Fill(2);
  const std::vector<ObjectRow> rows = Anew(&objects);
  Beside(
      /*locking=*/false, [](Transaction& tx) { return PruneObjects(tx, 500'000, 1000).status(); },
      [&] {
        EXPECT_OK(database_->WriteLocking([&](Transaction& tx) { return PutObjects(tx, rows); }));
      });
  ExpectCountsAreExact();
  ExpectOutcomes(objects);
}

}  // namespace
}  // namespace assay
