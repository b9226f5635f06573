#include "inventory/inventory_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

const std::vector<std::string> kColumns = {"Bucket",
                                           "Key",
                                           "VersionId",
                                           "IsLatest",
                                           "IsDeleteMarker",
                                           "Size",
                                           "LastModifiedDate",
                                           "StorageClass",
                                           "IntelligentTieringAccessTier",
                                           "EncryptionStatus"};

Result<BucketContents> Parse(const std::string& csv, size_t piece) {
  Result<InventoryCsv> rows = InventoryCsv::Make(kColumns, "b");
  if (!rows.ok()) return rows.status();
  for (size_t at = 0; at < csv.size(); at += piece) {
    ASSAY_RETURN_IF_ERROR(rows->Take(std::string_view(csv).substr(at, piece)));
  }
  ASSAY_RETURN_IF_ERROR(rows->Finish());
  return rows->contents();
}

TEST(InventoryCsv, AddsUpCurrentVersions) {
  const std::string csv =
      "\"b\",\"a%2Cb\",\"v2\",\"true\",\"false\",\"100\",\"2026-11-20T00:00:00.000Z\",\"STANDARD\","
      "\"\","
      "\"SSE-S3\"\n"
      "\"b\",\"a\",\"v1\",\"false\",\"false\",\"7\",\"2026-01-20T00:00:00.000Z\",\"STANDARD\",\"\","
      "\"NOT-SSE\"\n"
      "\"b\",\"gone\",\"v3\",\"true\",\"true\",\"\",\"2026-11-21T00:00:00.000Z\",\"\",\"\",\"\"\r\n"
      "\"b\",\"c \"\"q\"\", x\",\"v\",\"true\",\"false\",\"2000\",\"2026-11-22T00:00:00.000Z\","
      "\"INTELLIGENT_TIERING\",\"ARCHIVE_ACCESS\",\"SSE-KMS\"\n"
      "b,d,v,true,false,3000,2026-11-21T00:00:00.000Z,INTELLIGENT_TIERING,FREQUENT,DSSE-KMS";
  for (const size_t piece : {size_t{1}, size_t{7}, csv.size()}) {
    const Result<BucketContents> contents = Parse(csv, piece);
    ASSERT_TRUE(contents.ok()) << contents.status().ToString();
    EXPECT_EQ(contents->totals().objects, 3u);
    EXPECT_EQ(contents->totals().total_size, 5100u);
    // C3: the object in the archive tier counts nothing.
    EXPECT_EQ(contents->totals().total_processed, 1024u + 3000u);
    SnapshotRow row;
    contents->FillRow(&row);
    ASSERT_EQ(row.by_encryption.size(), 3u);
    EXPECT_EQ(row.by_encryption[0].name, "AES256");
    EXPECT_EQ(row.by_encryption[1].name, "aws:kms");
    EXPECT_EQ(row.by_encryption[2].name, "aws:kms:dsse");
    ASSERT_EQ(row.by_storage_class.size(), 3u);
    EXPECT_EQ(row.by_storage_class[0].name, "ARCHIVE_ACCESS");
    EXPECT_LT(row.oldest_modified_ms, row.newest_modified_ms);
  }
}

TEST(InventoryCsv, RefusesDamage) {
  const auto code = [](const std::string& csv) { return Parse(csv, 5).status().code(); };
  EXPECT_EQ(code(""), StatusCode::kOk);
  EXPECT_EQ(code("\"b\",\"k\"\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code("b,k,v,true,false,12x,d,STANDARD,,\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code("b,k,v,true,false,-1,d,STANDARD,,\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code("other,k,v,true,false,1,d,STANDARD,,\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code("b,k,v,true,false,1,d,STANDARD,,,extra\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code("\"b"), StatusCode::kDataLoss);
  EXPECT_EQ(code("\"b\"x,k\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code("b\"x\",k\n"), StatusCode::kDataLoss);
  EXPECT_EQ(code(std::string(100'000, 'x')), StatusCode::kDataLoss);
  EXPECT_EQ(InventoryCsv::Make({"Bucket", "Key", "Size"}, "b").status().code(),
            StatusCode::kInvalidArgument);
}

TEST(InventoryManifest, IsReadOrRefused) {
  const std::string good = R"({"sourceBucket": "b", "destinationBucket": "arn:aws:s3:::d",
    "version": "2016-11-30", "creationTimestamp": "1514944800000", "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size, StorageClass",
    "files": [{"key": "b/c/data/1.csv.gz", "size": 147, "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"}]})";
  const Result<InventoryManifest> manifest = ParseInventoryManifest(good, "b");
  ASSERT_TRUE(manifest.ok()) << manifest.status().ToString();
  EXPECT_EQ(manifest->created_ms, 1514944800000);
  EXPECT_THAT(manifest->columns, ::testing::ElementsAre("Bucket", "Key", "Size", "StorageClass"));
  ASSERT_EQ(manifest->files.size(), 1u);
  EXPECT_EQ(manifest->files[0].size, 147u);
  EXPECT_EQ(ParseInventoryManifest(good, "other").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseInventoryManifest("[", "b").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseInventoryManifest(std::string(100000, '['), "b").status().code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(ParseInventoryManifest(R"({"sourceBucket": "b", "fileFormat": "Excel"})", "b")
                .status()
                .code(),
            StatusCode::kUnimplemented);
  EXPECT_EQ(ParseInventoryManifest(R"({"sourceBucket": "b", "fileFormat": "CSV",
                "creationTimestamp": "1", "files": [{"key": "x"}]})",
                                   "b")
                .status()
                .code(),
            StatusCode::kDataLoss);
}

TEST(InventoryManifest, ColumnsOfOrcAndParquet) {
  const auto columns = [](const std::string& format, const std::string& schema) {
    const Result<InventoryManifest> manifest = ParseInventoryManifest(
        R"({"sourceBucket": "b", "creationTimestamp": "1", "fileFormat": ")" + format +
            R"(", "fileSchema": ")" + schema + R"(", "files": []})",
        "b");
    return manifest.ok() ? manifest->columns : std::vector<std::string>{"refused"};
  };
  EXPECT_THAT(columns("ORC",
                      "struct<bucket:string,key:string,size:bigint,storage_class:string,"
                      "is_latest:boolean,bucket_key_status:string>"),
              ::testing::ElementsAre("Bucket", "Size", "StorageClass", "IsLatest"));
  EXPECT_THAT(columns("Parquet",
                      "message s3.inventory { required binary bucket (UTF8); optional "
                      "int64 size; optional int64 last_modified_date "
                      "(TIMESTAMP(MILLIS,true));}"),
              ::testing::ElementsAre("Bucket", "Size", "LastModifiedDate"));
  EXPECT_THAT(columns("Parquet", "message s3.inventory { optional int64 file_size; }"),
              ::testing::IsEmpty());
}

TEST(InventoryConfiguration, OnlyReportsOfTheWholeBucketWillDo) {
  InventoryConfiguration good{.id = "i",
                              .enabled = true,
                              .filter_prefix = "",
                              .destination_bucket = "d",
                              .destination_prefix = "p",
                              .format = "CSV",
                              .versions = "Current",
                              .frequency = "Daily",
                              .fields = {"Size", "StorageClass"}};
  EXPECT_TRUE(IsUsableInventory(good));
  InventoryConfiguration bad = good;
  bad.enabled = false;
  EXPECT_FALSE(IsUsableInventory(bad));
  bad = good;
  bad.filter_prefix = "x/";
  EXPECT_FALSE(IsUsableInventory(bad));
  bad = good;
  bad.format = "Parquet";
  EXPECT_TRUE(IsUsableInventory(bad));
  bad.format = "ORC";
  EXPECT_TRUE(IsUsableInventory(bad));
  bad.format = "";
  EXPECT_FALSE(IsUsableInventory(bad));
  bad = good;
  bad.destination_bucket.clear();
  EXPECT_FALSE(IsUsableInventory(bad));
}

}  // namespace
}  // namespace assay
