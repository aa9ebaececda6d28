#include "analysis/published/published_table.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/published/page_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

// Returns a whole table in the published format, by key. Every value of
// representative r's column c is (r + c) counts.
std::map<std::string, std::string> Entries() {
  std::map<std::string, std::string> entries;
  std::vector<std::string> names;
  for (const PublishedDataset& dataset : kPublishedDatasets) {
    for (const PublishedMetric& metric : kPublishedMetrics) {
      names.push_back(absl::StrCat("\"", dataset.authors_name, "#",
                                   metric.authors_name, "\""));
    }
  }
  entries[""] = absl::StrCat("[", absl::StrJoin(names, ", "), "]");
  for (int index = 0; index < kNumCells; ++index) {
    const int representative = IsomorphismClasses::Get().Representative(index);
    std::vector<std::string> values;
    for (int c = 0; c < kNumPublishedColumns; ++c) {
      values.push_back(absl::StrFormat(
          "%.17g", static_cast<float>((index + c) % 6000) / PublishedTotal(c)));
    }
    entries[absl::StrCat(index)] =
        index == representative
            ? absl::StrCat("[", absl::StrJoin(values, ", "), "]")
            : absl::StrCat("\"", representative, "\"");
  }
  return entries;
}

std::string Text(const std::map<std::string, std::string>& entries) {
  std::string text = "acc={";
  for (const auto& [key, value] : entries) {
    absl::StrAppend(&text, text.size() > 5 ? ", \"" : "\"", key, "\": ", value);
  }
  return text + "}";
}

std::string Message(const std::string& text) {
  const auto table = ParsePublishedTable("t.json", text);
  return table.ok() ? "" : std::string(table.status().message());
}

// Returns the error for a table with one entry replaced.
std::string MessageWith(const std::string& key, const std::string& value) {
  auto entries = Entries();
  entries[key] = value;
  return Message(Text(entries));
}

std::string Values(const std::string& first) {
  std::string values = "[" + first;
  for (int i = 1; i < kNumPublishedColumns; ++i) values += ", 0";
  return values + "]";
}

TEST(PublishedTable, ReadsCounts) {
  const auto table = ParsePublishedTable("t.json", Text(Entries()));
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows.size(), 6466);
  EXPECT_EQ(table->rows[0].index, 0);
  for (const PublishedRow& row : table->rows) {
    for (int c = 0; c < kNumPublishedColumns; ++c) {
      ASSERT_EQ(row.correct[c], (row.index + c) % 6000) << row.index;
    }
  }
}

TEST(PublishedTable, Totals) {
  EXPECT_EQ(PublishedTotal(0), 30000);
  EXPECT_EQ(PublishedTotal(5), 10000);
  EXPECT_EQ(PublishedTotal(10), 30000);
  EXPECT_EQ(PublishedTotal(12), 18000);
  EXPECT_EQ(PublishedTotal(17), 6000);
}

TEST(PublishedTable, WrapperMayEndInSemicolonAndLineFeed) {
  EXPECT_EQ(Message(Text(Entries()) + ";\n"), "");
  EXPECT_EQ(Message("\xef\xbb\xbf" + Text(Entries())), "");
}

TEST(PublishedTable, StartIsReadAsJavaScript) {
  const std::string object = Text(Entries()).substr(4);
  for (const char* start : {"\xef\xbb\xbf"
                            "acc=",
                            "acc = ", " \n acc\t=\n"}) {
    EXPECT_EQ(Message(start + object), "");
  }
  EXPECT_THAT(Message("acc" + object), HasSubstr("expected acc={...}"));
  // Nothing may stand behind the object.
  EXPECT_THAT(Message("acc=" + object + std::string("\0x", 2)),
              HasSubstr("expected JSON, found a zero"));
}

TEST(PublishedTable, RefusesWhatIsNoTable) {
  EXPECT_EQ(Message(""),
            "t.json: field (byte 0): expected acc={...}, found "
            "\"\"");
  EXPECT_THAT(Message(Text(Entries()).substr(4)),
              HasSubstr("expected acc={...}"));
  EXPECT_THAT(Message("acc="), HasSubstr("expected JSON"));
  EXPECT_THAT(Message("acc=[1]"), HasSubstr("expected an object"));
  EXPECT_THAT(Message("acc=3"), HasSubstr("expected an object"));
  EXPECT_THAT(Message("acc={}"), HasSubstr("field \"\": expected the columns"));
  EXPECT_THAT(Message("acc={\"ids\": {\"0\": 1}}"),
              HasSubstr("field \"ids\": expected an id 0 ... 15624"));
  const std::string text = Text(Entries());
  for (const size_t size : {text.size() - 1, text.size() / 2, size_t{9}}) {
    EXPECT_THAT(Message(text.substr(0, size)), HasSubstr("expected JSON"));
  }
  for (const char* more : {"}", ";;", "; x", "\xff", ";acc={}"}) {
    EXPECT_THAT(Message(text + more), HasSubstr("expected JSON")) << more;
  }
  EXPECT_THAT(Message("\xff\xfe" + text), HasSubstr("found UTF-16 or UTF-32"));
}

TEST(PublishedTable, RefusesOtherColumns) {
  auto entries = Entries();
  const std::string all = entries[""];
  EXPECT_THAT(MessageWith("", absl::StrReplaceAll(
                                  all, {{"\"cifar10#val_pgd_8_acc\", ", ""}})),
              HasSubstr("field \"\"[4]: expected cifar10#val_pgd_8_acc, found "
                        "\"cifar10#autoattack\""));
  EXPECT_THAT(MessageWith("", absl::StrReplaceAll(
                                  all, {{", \"imagenet#autoattack\"", ""}})),
              HasSubstr("expected 18 columns, next imagenet#autoattack, found "
                        "17"));
  entries.erase("");
  EXPECT_THAT(Message(Text(entries)),
              HasSubstr("the columns' names, found no"));
}

TEST(PublishedTable, RefusesValues) {
  EXPECT_THAT(MessageWith("0", Values("1.5")),
              HasSubstr("field 0[0]: expected 0 ... 1, found 1.5"));
  EXPECT_THAT(MessageWith("0", Values("-0.5")), HasSubstr("0 ... 1"));
  EXPECT_THAT(MessageWith("0", Values("1e999")),
              HasSubstr("field 0[0]: expected a number, found 1e999, which a "
                        "double cannot hold"));
  EXPECT_THAT(MessageWith("0", Values("NaN")),
              HasSubstr("field 0[0]: expected a number, found NaN"));
  EXPECT_THAT(MessageWith("0", Values("0.50001")),
              HasSubstr("expected a multiple of 1/30000, found 0.50001"));
  EXPECT_THAT(MessageWith("0", Values("null")),
              HasSubstr("field 0[0]: expected a number, found null"));
  EXPECT_THAT(MessageWith("0", Values("0, 0")), HasSubstr("18 values"));
  EXPECT_THAT(MessageWith("0", "[0.5]"), HasSubstr("expected 18 values"));
  EXPECT_THAT(MessageWith("0", "0.5"), HasSubstr("an array or an id"));
}

TEST(PublishedTable, RefusesKeys) {
  auto entries = Entries();
  entries.erase("77");
  EXPECT_THAT(Message(Text(entries)),
              HasSubstr("field 77: expected all ids 0 ... 15624, found none"));
  EXPECT_THAT(MessageWith("15625", "\"0\""), HasSubstr("field \"15625\""));
  EXPECT_THAT(MessageWith("007", "\"7\""), HasSubstr("field \"007\""));
  EXPECT_THAT(Message(absl::StrReplaceAll(
                  Text(Entries()), {{"\"77\": ", "\"77\": \"0\", \"77\": "}})),
              HasSubstr("field 77: expected each key once"));
}

TEST(PublishedTable, RefusesPointers) {
  // The class has three or more cells, so that one pointer can go to another.
  const IsomorphismClasses& classes = IsomorphismClasses::Get();
  int index = 0;
  while (classes.Members(index).size() < 3) ++index;
  const std::string first = absl::StrCat(classes.Members(index)[0]);
  const std::string second = absl::StrCat(classes.Members(index)[1]);
  const std::string third = absl::StrCat(classes.Members(index)[2]);
  EXPECT_THAT(MessageWith(third, "\"" + second + "\""),
              HasSubstr(absl::StrCat("field ", third,
                                     ": expected a pointer to an id with "
                                     "values, found one to ",
                                     second, ", a pointer to ", first)));
  EXPECT_THAT(MessageWith(second, "\"" + second + "\""),
              HasSubstr("found one to itself"));
  auto loop = Entries();
  loop[second] = "\"" + third + "\"";
  loop[third] = "\"" + second + "\"";
  EXPECT_THAT(Message(Text(loop)), HasSubstr("a pointer to"));
  const int other = index == 0 ? 1 : 0;
  ASSERT_EQ(classes.Representative(other), other);
  EXPECT_THAT(MessageWith(third, absl::StrCat("\"", other, "\"")),
              HasSubstr(first + ", the representative of its class"));
  EXPECT_THAT(MessageWith(third, "\"15625\""), HasSubstr("an id 0 ... 15624"));
  EXPECT_THAT(MessageWith(third, Values("0")),
              HasSubstr("expected a pointer to " + first + ", found values"));
}

TEST(PublishedTable, RefusesNesting) {
  EXPECT_THAT(MessageWith("0", Values("[0]")),
              HasSubstr("field 0[0]: expected a number, found an array"));
  EXPECT_THAT(MessageWith("0", "{\"a\": 1}"), HasSubstr("found an object"));
  // Reading ends at the second level of a deep nesting.
  EXPECT_THAT(Message("acc={\"0\": " + std::string(8 << 20, '[')),
              HasSubstr("found an array"));
  EXPECT_THAT(Message("acc=" + std::string(kMaxPageBytes, '[')),
              HasSubstr("at most 16777216 bytes"));
}

// A file that is changed anywhere is either read or refused with its name.
TEST(PublishedTable, DamageIsReadOrRefused) {
  const std::string text = Text(Entries());
  const std::string alphabet = "{}[]:,\"0123456789.eE-+";
  PhiloxStream random(12, Purpose::kTest);
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::string damaged = text;
    const size_t at = random.Below(damaged.size());
    if (round % 2 == 0) {
      damaged[at] = alphabet[random.Below(alphabet.size())];
    } else {
      damaged.erase(at, 1 + random.Below(60));
    }
    const auto table = ParsePublishedTable("t.json", damaged);
    if (table.ok()) {
      EXPECT_EQ(table->rows.size(), 6466);
    } else {
      ++refused;
      EXPECT_THAT(std::string(table.status().message()),
                  ::testing::StartsWith("t.json: field "));
    }
  }
  EXPECT_GT(refused, 40);
}

// Returns a whole table like that of Jung et al. Pointers are numbers, values
// have three digits, and the columns' names come last.
std::string StandardText(const std::string& first = "0.123",
                         const char* quote = "") {
  std::string text = "acc={";
  for (int index = 0; index < kNumCells; ++index) {
    const int representative = IsomorphismClasses::Get().Representative(index);
    absl::StrAppend(&text, "\"", index, "\":");
    if (index != representative) {
      absl::StrAppend(&text, quote, representative, quote, ",");
      continue;
    }
    absl::StrAppend(&text, "[", index == 0 ? first : "0.5");
    for (size_t c = 1; c < kStandardColumns.size(); ++c) {
      absl::StrAppendFormat(&text, ",%.3g", (index + c) % 1001 / 1000.0);
    }
    absl::StrAppend(&text, "],");
  }
  std::vector<std::string> names;
  for (const StandardColumn& column : kStandardColumns) {
    names.push_back(absl::StrCat("\"", column.authors_name, "\""));
  }
  return absl::StrCat(text, "\"\":[", absl::StrJoin(names, ","), "]}");
}

TEST(StandardTable, ReadsThousandths) {
  const auto table = ParseStandardTable("j.json", StandardText());
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows.size(), 6466);
  EXPECT_EQ(table->rows[0].counts[0], 123);
  for (const PageRow& row : table->rows) {
    for (size_t c = 1; c < kStandardColumns.size(); ++c) {
      ASSERT_EQ(row.counts[c], (row.index + c) % 1001) << row.index;
    }
  }
}

TEST(StandardTable, RefusesOtherTables) {
  const auto message = [](const std::string& text) {
    return std::string(ParseStandardTable("j.json", text).status().message());
  };
  EXPECT_THAT(message(Text(Entries())),
              HasSubstr("expected cifar10#clean, found \"cifar10#val_acc\""));
  EXPECT_THAT(Message(StandardText()), HasSubstr("expected 18 values"));
  EXPECT_THAT(message(StandardText("0.1234")),
              HasSubstr("field 0[0]: expected a multiple of 1/1000"));
  EXPECT_THAT(message(StandardText("1.001")), HasSubstr("0 ... 1"));
  EXPECT_THAT(message(StandardText("0.1", "\"")),
              HasSubstr("expected an array or an id"));
}

}  // namespace
}  // namespace robbench
