#include "analysis/published/authors_json.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/collect/synthetic_table.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/export/table_export.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::testing::HasSubstr;

// Returns a table that was made from records on `dataset`.
Table OurTable(const std::string& dataset, std::vector<uint32_t> seeds) {
  SyntheticOptions options = TwentyCells();
  options.dataset = dataset;
  options.seeds = std::move(seeds);
  return SyntheticTable(options);
}

std::string Message(const std::string& json) {
  const auto table = ParseAuthorsJson("a.json", json);
  return table.ok() ? "" : std::string(table.status().message());
}

TEST(AuthorsJson, ReadsTheReleasedLayout) {
  const auto table = ParseAuthorsJson("a.json", R"({
    "cifar10": {
      "2581": {"val_acc": {"777": 0.79, "888": 0.80, "999": 0.795,
                           "threeseed": 0.795},
               "val_pgd_8.0_acc": {"threeseed": 0.4811},
               "autoattack": 0.4434},
      "12": {"val_acc": {"777": 0.1, "888": 0.1, "999": 0.1,
                         "threeseed": 0.10000000149}}},
    "ImageNet16-120": {"2581": {"val_fgsm_3.0_acc": {"1": 0.25, "2": 0.75}}}
  })");
  ASSERT_TRUE(table.ok()) << table.status();
  const auto read = BenchmarkTable::Make("a.json", *table);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->num_cells(), 2);
  EXPECT_EQ(read->cell(0).index(), 12);
  const Column& clean = **read->Get("cifar10", "clean");
  ASSERT_EQ(clean.seeds_size(), 3);
  EXPECT_EQ(clean.seeds(1).seed(), 888);
  EXPECT_EQ(clean.seeds(1).value(1), .80);
  EXPECT_EQ(clean.mean(1), .795);
  EXPECT_TRUE(clean.attack().has_clean());
  const Column& pgd = **read->Get("cifar10", "pgd_8");
  EXPECT_EQ(pgd.mean(1), .4811);
  EXPECT_TRUE(std::isnan(pgd.mean(0)));
  EXPECT_EQ(pgd.mean_of(), 3);
  EXPECT_EQ(pgd.attack().pgd().epsilon(), 8);
  EXPECT_EQ((*read->Get("cifar10", "autoattack"))->mean_of(), 1);
  const Column& fgsm = **read->Get("imagenet16_120", "fgsm_3");
  EXPECT_EQ(fgsm.mean(1), .5);
  EXPECT_EQ(fgsm.seeds_size(), 2);
  EXPECT_EQ(table->benchmarks(1).dataset().classes(), 120);
}

// What TableJson writes is read again, every column with its kind, seeds and
// means.
TEST(AuthorsJson, RoundTripOfATableOfOurs) {
  // A data set may be named as the authors name another one, since an exact
  // name comes before an alias.
  for (const char* dataset : {"cifar10", "imagenet16_120", "imagenet"}) {
    for (const auto& seeds :
         {std::vector<uint32_t>{0, 1}, std::vector<uint32_t>{3, 5, 8}}) {
      const Table ours = OurTable(dataset, seeds);
      const std::string json = *TableJson(ours);
      const auto read = ParseAuthorsJson("a.json", json);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_TRUE(BenchmarkTable::Make("a.json", *read).ok());
      ASSERT_EQ(read->cells_size(), ours.cells_size());
      for (int i = 0; i < ours.cells_size(); ++i) {
        EXPECT_EQ(read->cells(i).SerializeAsString(),
                  ours.cells(i).SerializeAsString());
      }
      ASSERT_EQ(read->columns_size(), ours.columns_size());
      for (int c = 0; c < ours.columns_size(); ++c) {
        const Column& expected = ours.columns(c);
        const Column& found = read->columns(c);
        EXPECT_EQ(found.key().SerializeAsString(),
                  expected.key().SerializeAsString());
        EXPECT_EQ(found.kind(), expected.kind());
        EXPECT_EQ(ShortMetricLabel(found), ShortMetricLabel(expected));
        ASSERT_EQ(found.seeds_size(), expected.seeds_size());
        for (int i = 0; i < ours.cells_size(); ++i) {
          EXPECT_EQ(found.mean(i), expected.mean(i));
          for (int s = 0; s < found.seeds_size(); ++s) {
            EXPECT_EQ(found.seeds(s).seed(), expected.seeds(s).seed());
            EXPECT_EQ(found.seeds(s).value(i), expected.seeds(s).value(i));
          }
        }
      }
      // Writing it again gives the same bytes.
      EXPECT_EQ(*TableJson(*read), json);
    }
  }
}

// Python's json reads a byte order mark, escapes and blanks around the object,
// and nothing behind it.
TEST(AuthorsJson, ReadsWhatPythonReads) {
  const std::string plain = R"({"cifar10": {"12": {"val_acc": {"1": 0.5}}}})";
  const std::string escaped =
      R"({"cif\u0061r10": {"\u0031\u0032": {"val\u005Facc": {"1": 5E-1}}}})";
  const auto expected = ParseAuthorsJson("a.json", plain);
  ASSERT_TRUE(expected.ok()) << expected.status();
  for (const std::string& json :
       {"\xef\xbb\xbf" + plain, " \t\r\n" + plain + "\r\n \t", escaped}) {
    auto table = ParseAuthorsJson("a.json", json);
    ASSERT_TRUE(table.ok()) << table.status();
    // Only the digest of the bytes differs.
    *table->mutable_provenance() = expected->provenance();
    EXPECT_EQ(table->SerializeAsString(), expected->SerializeAsString());
  }
  for (const std::string& behind :
       {std::string("x"), std::string("{}"), std::string(1, '\0'),
        std::string("\0x", 2), std::string("\n\0", 2)}) {
    EXPECT_THAT(Message(plain + behind), HasSubstr("expected JSON, found"));
  }
}

TEST(AuthorsJson, RefusesWhatIsNoSuchTable) {
  EXPECT_THAT(Message(""), HasSubstr("a.json: field (byte"));
  EXPECT_THAT(Message("[1]"), HasSubstr("expected an object, found an array"));
  EXPECT_THAT(Message("{}"),
              HasSubstr("field (the whole): expected at least one key"));
  EXPECT_THAT(
      Message(R"({"cifar10": {}})"),
      HasSubstr("field cifar10: expected at least one key, found none"));
  EXPECT_THAT(Message(R"({"cifar10": {"2581": {}}})"),
              HasSubstr("field cifar10.2581: expected at least one key"));
  EXPECT_THAT(Message(R"({"cifar10": {"2581": {"val_acc": {}}}})"),
              HasSubstr("field cifar10.2581.val_acc: expected at least one"));
  EXPECT_THAT(Message(R"({"cifar10-valid": {"0": {}}})"),
              HasSubstr("field cifar10-valid: expected cifar10, cifar100 or"));
  EXPECT_THAT(Message(R"({"cifar10": {"0": {"x-valid@199": {"1": 0.5}}}})"),
              HasSubstr("field cifar10.0.x-valid@199: expected a metric"));
  EXPECT_THAT(Message(R"({"cifar10": 3})"),
              HasSubstr("field cifar10: expected values, found a number"));
  EXPECT_THAT(Message(R"({"cifar10": {"0": ")"), HasSubstr("expected JSON"));
}

TEST(AuthorsJson, RefusesKeys) {
  EXPECT_THAT(Message(R"({"cifar10": {"15625": {}}})"),
              HasSubstr("field cifar10.15625: expected an id 0 ... 15624"));
  EXPECT_THAT(Message(R"({"cifar10": {"007": {}}})"), HasSubstr("an id"));
  EXPECT_THAT(Message(R"({"cifar10": {"7": {"val_acc": {"1": 0}}, "7": {}}})"),
              HasSubstr("field cifar10.7: expected each key once"));
  EXPECT_THAT(Message(R"({"imagenet": {"7": {"val_acc": {"1": 0}}},
                  "ImageNet16-120": {"7": {"val_acc": {"1": 0}}}})"),
              HasSubstr("each data set once"));
  EXPECT_THAT(Message(R"({"cifar10": {"7": {"val_acc": {"1": 0.5, "1": 0}}}})"),
              HasSubstr("field cifar10.7.val_acc.1: expected each key once"));
  EXPECT_THAT(
      Message(
          R"({"cifar10": {"7": {"val_acc": {"1": 0}, "clean": {"1": 0}}}})"),
      HasSubstr("each value once"));
  EXPECT_THAT(Message(R"({"cifar10": {"7": {"val_acc": {"first": 0}}}})"),
              HasSubstr("expected a seed, threeseed or mean"));
  EXPECT_THAT(Message(R"({"cifar10": {"7": {"val_acc": {"-1": 0}}}})"),
              HasSubstr("expected a seed"));
}

TEST(AuthorsJson, RefusesValues) {
  const auto with = [](const char* value) {
    return Message(
        absl::StrCat(R"({"cifar10": {"7": {"val_acc": {"1": )", value, "}}}}"));
  };
  EXPECT_EQ(with("0.5"), "");
  EXPECT_EQ(with("1.5"),
            "a.json: field cifar10.7.val_acc.1: expected 0 ... 1, found 1.5");
  EXPECT_THAT(with("-0.1"), HasSubstr("0 ... 1"));
  EXPECT_THAT(with("null"), HasSubstr("found null"));
  EXPECT_THAT(with("\"0.5\""), HasSubstr("expected a number, found \"0.5\""));
  EXPECT_THAT(with("true"), HasSubstr("found true"));
  EXPECT_THAT(with("[0.5]"), HasSubstr("found an array"));
  EXPECT_THAT(with("{\"a\": 1}"), HasSubstr("found an object"));
  EXPECT_EQ(with("NaN"),
            "a.json: field cifar10.7.val_acc.1: expected a number, found NaN, "
            "which JSON does not have");
  for (const char* word : {"Infinity", "-Infinity"}) {
    EXPECT_THAT(with(word), HasSubstr(absl::StrCat("found ", word)));
  }
  EXPECT_EQ(with("1e400"),
            "a.json: field cifar10.7.val_acc.1: expected a number, found "
            "1e400, which a double cannot hold");
  EXPECT_THAT(Message(R"({"cifar10": {"7": {"val_acc": 0.5}}})"),
              HasSubstr("field cifar10.7.val_acc: expected seeds"));
  EXPECT_THAT(
      Message(R"({"cifar10": {"7": {"val_acc":
          {"1": 0.5, "2": 0.6, "3": 0.7, "threeseed": 0.61}}}})"),
      HasSubstr("field cifar10.7.clean: expected 0.6, the mean of 3 seeds"));
}

TEST(AuthorsJson, IsReadToItsLastByteInItsEncoding) {
  const std::string good = R"({"cifar10": {"7": {"val_acc": {"1": 0.5}}}})";
  EXPECT_EQ(Message(good + "\n\t "), "");
  EXPECT_EQ(Message("\xef\xbb\xbf" + good), "");
  for (const char* more : {"x", "{}", ",", "\xff"}) {
    EXPECT_THAT(Message(good + more), HasSubstr("expected JSON, found"))
        << more;
  }
  EXPECT_THAT(Message(good + std::string(1, '\0')), HasSubstr("expected JSON"));
  EXPECT_THAT(Message("\xff\xfe{"), HasSubstr("found UTF-16 or UTF-32"));
  EXPECT_THAT(Message(std::string("\0{", 2)), HasSubstr("UTF-16"));
  EXPECT_THAT(Message("\x1f\x8b\x08"), HasSubstr("found a gzip file"));
  EXPECT_THAT(Message("{\"cifar10\xff\": {}}"),
              HasSubstr("found bytes that are not UTF-8"));
}

// The authors' class reads seed "1" of every metric except AutoAttack.
TEST(AuthorsJson, HasWhatTheAuthorsReaderAsksForWhereRowsHaveSeeds) {
  const auto json =
      nlohmann::json::parse(*TableJson(OurTable("cifar10", {0, 1})));
  for (const auto& [id, metrics] : json["cifar10"].items()) {
    for (const auto& [metric, values] : metrics.items()) {
      if (!absl::StartsWith(metric, "val_")) continue;
      EXPECT_TRUE(values["1"].is_number()) << id << " " << metric;
    }
  }
}

TEST(AuthorsJson, RefusesNestingAndSize) {
  std::string deep;
  while (deep.size() < kMaxAuthorsBytes - 8) deep += "{\"a\":";
  deep.resize(kMaxAuthorsBytes, ' ');
  EXPECT_THAT(Message(deep), HasSubstr("expected cifar10, cifar100 or"));
  EXPECT_THAT(Message(std::string(kMaxAuthorsBytes, '[')),
              HasSubstr("found an array"));
  EXPECT_THAT(Message(deep + "{"), HasSubstr("at most 67108864 bytes"));
}

// A file that is cut, changed or repeated anywhere is either read as a table or
// refused with its name.
TEST(AuthorsJson, DamageIsReadOrRefused) {
  const std::string json = *TableJson(OurTable("cifar10", {0, 1}));
  const absl::string_view alphabet = "{}[]:,\"0123456789.eE-+ntua_";
  PhiloxStream random(11, Purpose::kTest);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::string damaged = json;
    for (uint32_t i = 0, changes = 1 + random.Below(3); i < changes; ++i) {
      const size_t at = random.Below(damaged.size());
      switch (random.Below(4)) {
        case 0:
          damaged[at] = alphabet[random.Below(alphabet.size())];
          break;
        case 1:
          damaged.erase(at, 1 + random.Below(40));
          break;
        case 2:
          damaged.insert(at, damaged.substr(random.Below(damaged.size()),
                                            random.Below(40)));
          break;
        default:
          if (random.Below(8) == 0) damaged.resize(at + 1);
      }
    }
    const auto table = ParseAuthorsJson("a.json", damaged);
    if (table.ok()) {
      const auto checked = BenchmarkTable::Make("a.json", *table);
      EXPECT_TRUE(checked.ok()) << checked.status();
    } else {
      ++refused;
      EXPECT_THAT(std::string(table.status().message()),
                  ::testing::StartsWith("a.json: field "));
    }
  }
  EXPECT_GT(refused, 200);
}

TEST(AuthorsMeta, OfTheWholeSpace) {
  const std::string meta = AuthorsMetaJson();
  const Table few = OurTable("cifar10", {0});
  const auto message = [&](const std::string& json) {
    return std::string(CheckAuthorsMeta("m.json", json, few).message());
  };
  // All ids are right, and only the table is too small.
  EXPECT_THAT(message(meta),
              HasSubstr("expected its values in the table, found none"));
  EXPECT_THAT(
      message(absl::StrReplaceAll(
          meta, {{"|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|",
                  "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|"}})),
      HasSubstr("nb201-string: expected |"));
  EXPECT_THAT(message(absl::StrReplaceAll(
                  meta, {{"\"isomorph\": \"55\"", "\"isomorph\": \"56\""}})),
              HasSubstr("isomorph: expected 55, found \"56\""));
  EXPECT_THAT(message(R"({"ids": {"0": {"isomorph": "0"}}})"),
              HasSubstr("field ids.0: expected nb201-string and isomorph of"));
  EXPECT_THAT(message(R"({"names": {}})"), HasSubstr("expected ids"));
  EXPECT_THAT(message(R"({"ids": {"0": "x"}})"), HasSubstr("an object"));
}

}  // namespace
}  // namespace robbench
