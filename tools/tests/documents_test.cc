// What the documents print of a command or of committed results is what these
// say today. A document marks such a block by a comment in the line before it:
//
//   <!-- from: robbench plan -->
//   <!-- from: analysis/golden/paper/tables.md, TITLE OF A SECTION -->
//
// An indented code block behind it has to be all that the source says; each row
// of a table a row of the source; each number of a paragraph (with four digits,
// a decimal point or an exponent) a number of the source, rounded as it is
// there; names in backquotes are none. FORMATS.md names every field of the
// messages that it has a heading for.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/report/manifest.pb.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/version.h"
#include "nas/cell.pb.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nlohmann/json.hpp"
#include "ntk/ntk.pb.h"
#include "ntk/proxies/proxies.pb.h"
#include "tools/robbench/commands.h"
#include "training/attack_suite.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Without CHANGELOG.md, which says what was.
constexpr const char* kDocuments[] = {"ARCHITECTURE.md",
                                      "CONTRIBUTING.md",
                                      "FORMATS.md",
                                      "README.md",
                                      "TESTING.md",
                                      "analysis/README.md",
                                      "analysis/claims/README.md",
                                      "analysis/studies/predictor/README.md",
                                      "analysis/studies/reproduction/README.md",
                                      "nas/README.md",
                                      "ntk/README.md",
                                      "third_party/README.md",
                                      "tools/README.md",
                                      "tools/SCALING.md",
                                      "tools/python/README.md",
                                      "training/README.md"};

struct Block {
  std::string source;  // "robbench plan"
  int line = 0;        // of the mark, from 1
  std::vector<std::string> lines;
};

bool IsBlank(const std::string& line) {
  return absl::StripAsciiWhitespace(line).empty();
}

bool IsCode(const Block& block) {
  return absl::StartsWith(block.lines[0], "    ");
}

bool IsTable(const Block& block) {
  return absl::StartsWith(block.lines[0], "|");
}

std::vector<Block> MarkedBlocks(const std::string& text) {
  constexpr absl::string_view kStart = "<!-- from: ", kEnd = " -->";
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  std::vector<Block> blocks;
  for (size_t i = 0; i < lines.size(); ++i) {
    absl::string_view mark = lines[i];
    if (!absl::ConsumePrefix(&mark, kStart) ||
        !absl::ConsumeSuffix(&mark, kEnd)) {
      continue;
    }
    Block& block = blocks.emplace_back();
    block.source = std::string(mark);
    block.line = i + 1;
    size_t end = i + 1;
    while (end < lines.size() && IsBlank(lines[end])) ++end;
    // Blank lines within code belong to it.
    const bool code =
        end < lines.size() && absl::StartsWith(lines[end], "    ");
    while (end < lines.size() &&
           (code ? absl::StartsWith(lines[end], "    ") || IsBlank(lines[end])
                 : !IsBlank(lines[end]))) {
      block.lines.push_back(lines[end++]);
    }
    while (!block.lines.empty() && IsBlank(block.lines.back())) {
      block.lines.pop_back();
    }
  }
  return blocks;
}

// What a command prints, a file, or its section of that title.
absl::StatusOr<std::string> ReadSource(const std::string& source) {
  absl::string_view command = source;
  if (absl::ConsumePrefix(&command, "robbench ")) {
    return RobbenchCommands()->Run(absl::StrSplit(command, ' '));
  }
  const std::vector<std::string> parts =
      absl::StrSplit(source, absl::MaxSplits(", ", 1));
  absl::StatusOr<std::string> text = ReadFile(parts[0]);
  if (!text.ok() || parts.size() == 1) return text;
  const std::string heading = absl::StrCat("## ", parts[1], "\n");
  const size_t start = text->find(heading);
  if (start == std::string::npos) {
    return absl::NotFoundError(
        absl::StrCat(parts[0], ": expected a section ", parts[1]));
  }
  return text->substr(start, text->find("\n## ", start) - start);
}

// Each source is read once.
const absl::StatusOr<std::string>& SourceText(const std::string& source) {
  static auto& read = *new std::map<std::string, absl::StatusOr<std::string>>();
  const auto found = read.find(source);
  if (found != read.end()) return found->second;
  return read.emplace(source, ReadSource(source)).first->second;
}

// Without commas, signs; ".5" as "0.5".
std::vector<std::string> Numbers(const std::string& text) {
  static const std::regex kNumber(
      R"((\d+(,\d{3})*(\.\d+)?|\.\d+)(e[+-]?\d+)?)");
  std::vector<std::string> numbers;
  for (std::sregex_iterator match(text.begin(), text.end(), kNumber), end;
       match != end; ++match) {
    const std::string number = absl::StrReplaceAll(match->str(), {{",", ""}});
    numbers.push_back(number[0] == '.' ? "0" + number : number);
  }
  return numbers;
}

// As `like` is written: decimals, exponent.
std::string Rounded(const std::string& number, const std::string& like) {
  const size_t exponent = like.find('e'), point = like.find('.');
  const int decimals = point == std::string::npos
                           ? 0
                           : std::min(exponent, like.size()) - point - 1;
  double value = 0;
  if (!absl::SimpleAtod(number, &value)) return "";
  if (exponent == std::string::npos) {
    return absl::StrFormat("%.*f", decimals, value);
  }
  return absl::StrReplaceAll(absl::StrFormat("%.*e", decimals, value),
                             {{"e+", "e"}});
}

// What the document has and the source does not say, a line each.
std::vector<std::string> Faults(const Block& block, const std::string& source) {
  std::vector<std::string> faults;
  if (block.lines.empty()) return {"nothing behind the mark"};
  const std::vector<std::string> said = absl::StrSplit(source, '\n');
  if (IsCode(block)) {
    std::vector<std::string> expected;
    for (const std::string& line : said) {
      expected.push_back(line.empty() ? "" : absl::StrCat("    ", line));
    }
    while (!expected.empty() && expected.back().empty()) expected.pop_back();
    for (size_t i = 0; i < std::max(expected.size(), block.lines.size()); ++i) {
      const std::string one = i < expected.size() ? expected[i] : "(none)";
      const std::string two =
          i < block.lines.size() ? block.lines[i] : "(none)";
      if (one == two) continue;
      faults.push_back(absl::StrCat("expected\n", one, "\nfound\n", two));
    }
    return faults;
  }
  if (IsTable(block)) {
    const std::set<std::string> rows(said.begin(), said.end());
    for (const std::string& row : block.lines) {
      if (rows.count(row) == 0) faults.push_back(row);
    }
    return faults;
  }
  const std::vector<std::string> known = Numbers(source);
  // What stands in backquotes is a name.
  const std::string text = std::regex_replace(absl::StrJoin(block.lines, "\n"),
                                              std::regex("`[^`]*`"), "");
  for (const std::string& number : Numbers(text)) {
    const bool exact = number.find_first_of(".e") == std::string::npos;
    if (exact && number.size() < 4) continue;
    if (std::none_of(known.begin(), known.end(), [&](const std::string& other) {
          return exact ? other == number : Rounded(other, number) == number;
        })) {
      faults.push_back(number);
    }
  }
  return faults;
}

std::string Document(const char* name) {
  const auto text = ReadFile(name);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

TEST(Documents, MarkedBlocksAreWhatTheirSourcesSay) {
  std::map<std::string, int> marked;
  for (const char* name : kDocuments) {
    const std::string text = Document(name);
    const std::vector<Block> blocks = MarkedBlocks(text);
    // A mark with a slip of the pen is no mark.
    int marks = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      marks += absl::StartsWith(line, "<!-- from");
    }
    EXPECT_EQ(marks, blocks.size()) << name;
    marked[name] = blocks.size();
    for (const Block& block : blocks) {
      const auto& source = SourceText(block.source);
      ASSERT_TRUE(source.ok())
          << name << ":" << block.line << ": " << source.status();
      EXPECT_THAT(Faults(block, *source), IsEmpty())
          << name << ":" << block.line << ": " << block.source;
    }
  }
  EXPECT_GE(marked["README.md"], 1);
  EXPECT_GE(marked["analysis/studies/reproduction/README.md"], 3);
  EXPECT_GE(marked["tools/SCALING.md"], 1);
}

TEST(Documents, AnotherDigitIsSeen) {
  int changed = 0;
  for (const char* name : kDocuments) {
    for (const Block& block : MarkedBlocks(Document(name))) {
      // Another number of a paragraph may happen to be in the source.
      if (!IsCode(block) && !IsTable(block)) continue;
      const auto& source = SourceText(block.source);
      ASSERT_TRUE(source.ok()) << source.status();
      for (size_t i = 0; i < block.lines.size(); ++i) {
        for (size_t at = 0; at < block.lines[i].size(); ++at) {
          Block other = block;
          char& digit = other.lines[i][at];
          if (!absl::ascii_isdigit(digit)) continue;
          digit = digit == '9' ? '0' : digit + 1;
          EXPECT_THAT(Faults(other, *source), Not(IsEmpty()))
              << name << ": " << other.lines[i];
          ++changed;
        }
      }
    }
  }
  EXPECT_GT(changed, 100);
}

TEST(Documents, FaultsOfEachKindOfBlock) {
  const auto faults = [](const std::string& lines, const std::string& source) {
    const auto blocks =
        MarkedBlocks(absl::StrCat("<!-- from: x -->\n", lines, "\n\nNext.\n"));
    EXPECT_EQ(blocks.size(), 1);
    return Faults(blocks[0], source);
  };
  EXPECT_THAT(faults("\n    a  1\n\n    b  2", "a  1\n\nb  2\n"), IsEmpty());
  EXPECT_THAT(faults("\n    a  1\n\n    b  3", "a  1\n\nb  2\n"),
              Not(IsEmpty()));
  EXPECT_THAT(faults("\n    a  1", "a  1\n\nb  2\n"), Not(IsEmpty()));
  EXPECT_THAT(faults("| 1 | 2 |", "x\n| 1 | 2 |\n| 3 | 4 |\n"), IsEmpty());
  EXPECT_THAT(faults("| 1 | 4 |", "x\n| 1 | 2 |\n| 3 | 4 |\n"), Not(IsEmpty()));
  const std::string numbers = "| 61.44 | 2,261 | 1.436e+16 | −0.157 |";
  EXPECT_THAT(faults("Now 61.4 of 2,261, 1.44e16 in\n.157, -.16.", numbers),
              IsEmpty());
  EXPECT_THAT(faults("It is 61.5 here", numbers), Not(IsEmpty()));
  EXPECT_THAT(faults("It is 2,262 here", numbers), Not(IsEmpty()));
  EXPECT_THAT(faults("It is 1.43e16 here", numbers), Not(IsEmpty()));
  EXPECT_THAT(faults("It is .158 here", numbers), Not(IsEmpty()));
  const Block nothing = MarkedBlocks("<!-- from: x -->\n\n")[0];
  EXPECT_THAT(Faults(nothing, numbers), Not(IsEmpty()));
}

// The newest version is the one of which the programs say that they are.
TEST(Documents, TheNewestVersionOfTheChangesIsThatOfThePrograms) {
  const std::string changes = Document("CHANGELOG.md");
  const std::regex heading("\\n## ([^\\n,]*)");
  std::smatch newest;
  ASSERT_TRUE(std::regex_search(changes, newest, heading));
  EXPECT_EQ(newest[1].str(), kVersion);
  const auto version = RobbenchCommands()->Run({"--version"});
  ASSERT_TRUE(version.ok());
  EXPECT_THAT(*version, StartsWith(absl::StrCat("robbench ", kVersion, ",")));
}

// "6,466 classes", "58,194 trainings": wherever a document says one of these.
TEST(Documents, CountsOfCellsAndRuns) {
  const auto text = RobbenchCommands()->Run({"plan", "--format=json"});
  ASSERT_TRUE(text.ok()) << text.status();
  const auto plan = nlohmann::json::parse(*text);
  int64_t trainings = 0, autoattacks = 0;
  for (const auto& benchmark : plan["benchmarks"]) {
    trainings += benchmark["stages"][0]["runs"].get<int64_t>();
    autoattacks += benchmark["stages"][2]["runs"].get<int64_t>();
  }
  const int64_t one = plan["benchmarks"][0]["runs"].get<int64_t>();
  const int64_t all = plan["runs"].get<int64_t>();
  const int64_t classes = IsomorphismClasses::Get().size();
  const std::map<std::string, std::set<int64_t>> counts = {
      {"indices", {kNumCells}},       {"cells", {kNumCells, classes}},
      {"classes", {classes}},         {"runs", {trainings, all}},
      {"trainings", {trainings}},     {"evaluations", {trainings}},
      {"AutoAttacks", {autoattacks}}, {"records", {one, all}},
  };
  const std::regex pattern(
      R"((\d+,\d{3})\s+(?:official |real )?)"
      R"((indices|cells|classes|runs|trainings|evaluations|AutoAttacks|records))");
  int found = 0;
  for (const char* name : kDocuments) {
    const std::string document = Document(name);
    for (std::sregex_iterator match(document.begin(), document.end(), pattern),
         end;
         match != end; ++match) {
      int64_t count = 0;
      ASSERT_TRUE(absl::SimpleAtoi(
          absl::StrReplaceAll((*match)[1].str(), {{",", ""}}), &count));
      EXPECT_EQ(counts.at((*match)[2]).count(count), 1)
          << name << ": " << match->str();
      ++found;
    }
  }
  EXPECT_GE(found, 10);
}

// What FORMATS.md says under the heading of a message, "### `Table`"; empty
// where there is none.
std::string SectionOf(const std::string& formats, const std::string& message) {
  const std::string heading = absl::StrCat("\n### `", message, "`\n");
  const size_t start = formats.find(heading);
  if (start == std::string::npos) return "";
  const size_t text = start + heading.size();
  return formats.substr(text, formats.find("\n#", text) - text);
}

// The names in backquotes.
std::set<std::string> NamesIn(const std::string& text) {
  static const std::regex kName("`([^`]*)`");
  std::set<std::string> names;
  for (std::sregex_iterator match(text.begin(), text.end(), kName), end;
       match != end; ++match) {
    names.insert((*match)[1]);
  }
  return names;
}

// Every field of a message that has a heading, and of the messages nested in
// it, is named there; a heading that is no message is a slip of the pen.
TEST(Documents, FormatsNamesEveryField) {
  const std::string formats = Document("FORMATS.md");
  const google::protobuf::FileDescriptor* files[] = {
      Claims::descriptor()->file(),    AttackSuite::descriptor()->file(),
      Table::descriptor()->file(),     DatasetSpec::descriptor()->file(),
      Manifest::descriptor()->file(),  TrainRecord::descriptor()->file(),
      NtkRecord::descriptor()->file(), ProxyRecord::descriptor()->file(),
      Recipe::descriptor()->file(),    CellIdentity::descriptor()->file(),
      Provenance::descriptor()->file()};
  std::set<std::string> messages;
  for (const auto* file : files) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      const google::protobuf::Descriptor& message = *file->message_type(m);
      const std::string name(message.name());
      const std::string section = SectionOf(formats, name);
      if (section.empty()) continue;
      messages.insert(name);
      const std::set<std::string> named = NamesIn(section);
      std::vector<const google::protobuf::Descriptor*> parts = {&message};
      for (int i = 0; i < message.nested_type_count(); ++i) {
        parts.push_back(message.nested_type(i));
      }
      for (const auto* part : parts) {
        for (int f = 0; f < part->field_count(); ++f) {
          EXPECT_EQ(named.count(std::string(part->field(f)->name())), 1)
              << "FORMATS.md, " << name << ": no " << part->field(f)->name();
        }
      }
    }
  }
  std::set<std::string> headings;
  for (absl::string_view line : absl::StrSplit(formats, '\n')) {
    if (absl::ConsumePrefix(&line, "### `") &&
        absl::ConsumeSuffix(&line, "`")) {
      headings.insert(std::string(line));
    }
  }
  EXPECT_EQ(headings, messages);
  // What other programs read is there as a whole.
  for (const char* name :
       {"Table", "Column", "CellRun", "Gap", "TrainRecord", "EvaluationRecord",
        "AttackResult", "NtkRecord", "KernelScore", "Claims", "Claim",
        "Manifest", "Provenance", "DatasetSpec", "Recipe", "NtkSpec",
        "ProxyRecord", "ProxyScore", "ProxySpec"}) {
    EXPECT_EQ(messages.count(name), 1) << name;
  }
}

}  // namespace
}  // namespace robbench
