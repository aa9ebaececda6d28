// Tests that every command of robbench knows its own flags, and only these.
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/version.h"
#include "tools/robbench/commands.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Arguments = std::vector<std::string>;

absl::StatusOr<std::string> Robbench(const Arguments& arguments) {
  return RobbenchCommands()->Run(arguments);
}

// Returns the message of a usage error, or "" if there is none.
std::string Usage(const Arguments& arguments) {
  const auto text = Robbench(arguments);
  const bool is_usage = text.status().GetPayload("robbench/usage").has_value();
  return is_usage ? std::string(text.status().message()) : "";
}

TEST(RobbenchFlags, AnotherCommandsFlagIsAUsageError) {
  const auto line = RobbenchCommands();
  int refused = 0, known = 0;
  for (const auto& command : line->commands()) {
    for (const auto& other : line->commands()) {
      for (const auto& info : other->flags()) {
        const std::string& flag = info.name;
        const std::string typed = absl::StrCat("--", flag, "=1");
        if (command->HasFlag(flag)) {
          // A flag of the command itself is read before help is printed.
          EXPECT_THAT(*Robbench({command->name(), typed, "--help"}),
                      HasSubstr("--" + flag))
              << command->name();
          ++known;
          continue;
        }
        for (const Arguments& arguments :
             {Arguments{command->name(), typed},
              Arguments{command->name(), "2581", typed},
              Arguments{typed, command->name()},
              Arguments{command->name(), "--" + flag, "1"},
              Arguments{command->name(), "-" + flag + "=1"},
              Arguments{command->name(), typed, "--help"}}) {
          EXPECT_THAT(Usage(arguments),
                      AllOf(StartsWith(absl::StrCat(command->name(),
                                                    ": unknown flag \"--", flag,
                                                    "\"; it is a flag of ")),
                            HasSubstr(other->name())))
              << arguments[0];
        }
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 200);
  EXPECT_GT(known, 40);
}

// These flags were once dropped without a word.
TEST(RobbenchFlags, CasesOfUsers) {
  EXPECT_EQ(Usage({"export", "--dataset=cifar10"}),
            "export: unknown flag \"--dataset\"; it is a flag of describe, "
            "query, compare, top, correlate, search, plan");
  EXPECT_THAT(Usage({"query", "--out=x"}), HasSubstr("it is a flag of export"));
  EXPECT_THAT(Usage({"top", "clean", "--metric=pgd_8"}),
              HasSubstr("it is a flag of query, compare, search"));
  EXPECT_THAT(Usage({"top", "--shard=3"}), HasSubstr("it is a flag of plan"));
  EXPECT_THAT(Usage({"top", "clean", "--cuont=3"}),
              HasSubstr("did you mean --count?"));
  EXPECT_THAT(Usage({"describe", "1", "--colour=red"}), HasSubstr("--colour"));
  EXPECT_THAT(Usage({"describe", "1", "--channels=many"}),
              HasSubstr("--channels"));
  EXPECT_THAT(Usage({"describe", "1", "--channels"}), HasSubstr("--channels"));
}

// The network is that of the paper for ImageNet16-120, by any name of the data
// set.
TEST(RobbenchFlags, DescribeInTheNetworkOfADataset) {
  for (const char* name : {"imagenet16_120", "imagenet", "ImageNet16-120"}) {
    const auto text =
        Robbench({"describe", "1", absl::StrCat("--dataset=", name)});
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_THAT(*text, HasSubstr("28,495,360"));
    EXPECT_THAT(*text, HasSubstr("image 3x16x16, 120 classes"));
  }
  EXPECT_THAT(
      Usage({"describe", "1", "--dataset=mnist"}),
      HasSubstr("--dataset: the paper has no data set \"mnist\"; it has "
                "cifar10, cifar100 and imagenet16_120"));
  EXPECT_THAT(Usage({"describe", "1", "--dataset=cifar10", "--classes=7"}),
              HasSubstr("--dataset"));
}

TEST(RobbenchFlags, WhereAFlagMayStand) {
  const std::string json = *Robbench({"describe", "2581", "--format=json"});
  EXPECT_THAT(json, HasSubstr("\"code\": \"323133\""));
  for (const Arguments& arguments :
       {Arguments{"--format=json", "describe", "2581"},
        Arguments{"--format", "json", "describe", "2581"},
        Arguments{"describe", "--format", "json", "2581"},
        Arguments{"describe", "-format=json", "2581"},
        Arguments{"describe", "2581", "--format=json", "--dataset="},
        Arguments{"describe", "--format=json", "--", "2581"},
        Arguments{"describe", "--format=json", " 2581\n"}}) {
    const auto text = Robbench(arguments);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, json);
  }
  EXPECT_THAT(
      std::string(Robbench({"inspect", "--", "--x"}).status().message()),
      StartsWith("--x: "));
  // A file may have the name of a command.
  EXPECT_THAT(std::string(Robbench({"inspect", "plan"}).status().message()),
              StartsWith("plan: "));
  EXPECT_THAT(std::string(Robbench({"inspect", "a,b"}).status().message()),
              StartsWith("a,b: "));
}

TEST(RobbenchFlags, HelpAndVersion) {
  // If `bazel run` did not start the program, it does not know its commit.
  for (const char* word : {"--version", "-version"}) {
    EXPECT_EQ(*Robbench({word}),
              absl::StrCat("robbench ", kVersion, ", commit unknown\n"));
  }
  const std::string help = *Robbench({"--help"});
  for (const char* word : {"describe", "plan", "Examples:", "Exit codes"}) {
    EXPECT_THAT(help, HasSubstr(word));
  }
  for (const char* word : {"help", "-h", "-help"})
    EXPECT_EQ(*Robbench({word}), help);
  const std::string query = *Robbench({"help", "query"});
  EXPECT_THAT(query, AllOf(HasSubstr("--table"), HasSubstr("--metric")));
  EXPECT_EQ(*Robbench({"query", "--help"}), query);
  EXPECT_EQ(*Robbench({"query", "-h"}), query);
  EXPECT_EQ(*Robbench({"query", "-help", "2581"}), query);
  EXPECT_THAT(Usage({"--help", "--nosuch"}), HasSubstr("--nosuch"));
  EXPECT_THAT(Usage({"query", "--help", "--nosuch"}), HasSubstr("--nosuch"));
  EXPECT_THAT(Usage({"help", "draw"}), HasSubstr("found \"draw\""));
}

std::string Join(const Arguments& words) { return absl::StrJoin(words, " "); }

// A command's help is about that command alone, and what it says may be typed.
TEST(RobbenchFlags, HelpOfEachCommandHasItsFlagsAndExamplesThatAreUsage) {
  int tried = 0;
  const auto line = RobbenchCommands();
  for (const auto& command : line->commands()) {
    const std::string help = *Robbench({"help", command->name()});
    EXPECT_THAT(
        help, HasSubstr("\nUsage: robbench " + command->name() + " [OPTIONS]"));
    for (const auto& flag : command->flags()) {
      EXPECT_THAT(help, HasSubstr("--" + flag.name)) << command->name();
    }
    ASSERT_FALSE(command->options().examples.empty()) << command->name();
    for (const std::string& example : command->options().examples) {
      EXPECT_THAT(help, HasSubstr("  robbench " + example + "\n"));
      Arguments words =
          absl::StrSplit(example, absl::ByChar(' '), absl::SkipEmpty());
      EXPECT_EQ(words[0], command->name()) << example;
      // A shell would read this from a file.
      if (absl::StartsWith(words.back(), "<")) continue;
      // A plan of one cell is done soon.
      if (words[0] == "plan") words.push_back("--cells=2581");
      // As there is no report here, most of them fail, but not by usage.
      EXPECT_EQ(Usage(words), "") << example;
      ++tried;
    }
  }
  EXPECT_GT(tried, 20);
}

TEST(RobbenchFlags, FormatsAreThoseOfEachCommand) {
  const auto line = RobbenchCommands();
  for (const auto& command : line->commands()) {
    if (!command->HasFlag("format")) continue;
    Arguments words = {command->name(), "--format=xml"};
    for (size_t i = 0; i < command->options().least; ++i) words.push_back("1");
    if (command->name() == "compare") words.push_back("2");
    EXPECT_THAT(Usage(words), AllOf(HasSubstr("found \"xml\""),
                                    HasSubstr("json"), HasSubstr("csv")))
        << Join(words);
  }
}

TEST(RobbenchFlags, Conditions) {
  EXPECT_THAT(Usage({"top", "clean", "--max=multiply_adds"}),
              HasSubstr("--max: expected METRIC=NUMBER"));
  EXPECT_THAT(Usage({"top", "clean", "--min=clean=high"}),
              HasSubstr("--min: expected METRIC=NUMBER"));
  EXPECT_THAT(Usage({"top", "clean", "--min==1"}), HasSubstr("--min"));
  EXPECT_THAT(Usage({"top"}), HasSubstr("expected one METRIC or --predictor"));
  EXPECT_THAT(Usage({"top", "clean", "--predictor=zen"}),
              HasSubstr("found both; --by=clean judges a predictor"));
  EXPECT_THAT(Usage({"top", "clean", "--by=pgd_8"}),
              HasSubstr("--by goes with --predictor"));
  EXPECT_THAT(Usage({"top", "--predictor=zen", "--lowest"}),
              HasSubstr("--lowest goes with a METRIC"));
  EXPECT_THAT(Usage({"top", "clean", "--minn=clean=1"}),
              HasSubstr("did you mean --min?"));
}

TEST(RobbenchFlags, Completion) {
  EXPECT_THAT(Usage({"completion", "fish"}),
              HasSubstr("expected bash or zsh, found \"fish\""));
  const auto line = RobbenchCommands();
  const std::string bash = *Robbench({"completion", "bash"});
  const std::string zsh = *Robbench({"completion", "zsh"});
  for (const auto& command : line->commands()) {
    EXPECT_THAT(bash, HasSubstr("      " + command->name() + ") words=\""));
    EXPECT_THAT(zsh, HasSubstr("    " + command->name() + ")\n"));
    for (const auto& flag : command->flags()) {
      const std::string typed = "--" + flag.name + (flag.has_value ? "=" : "");
      EXPECT_THAT(bash, HasSubstr(typed));
      EXPECT_THAT(zsh, HasSubstr("'" + typed + "["));
    }
  }
}

TEST(RobbenchFlags, CommandsThatAreNone) {
  EXPECT_THAT(Usage({}), StartsWith("a command is required: describe, query"));
  EXPECT_THAT(Usage({"draw", "1"}),
              StartsWith("command: expected one of describe, query"));
  EXPECT_THAT(Usage({"qeury", "1"}), HasSubstr("did you mean query?"));
  EXPECT_THAT(Usage({"--format=json"}),
              AllOf(HasSubstr("a command is required"),
                    HasSubstr("\"--format\"; it is a flag of describe")));
  EXPECT_THAT(Usage({"describe"}),
              HasSubstr("expected one CELL, found 0 arguments"));
  EXPECT_THAT(Usage({"export", "x"}),
              HasSubstr("expected no argument, found 1 arguments"));
  EXPECT_THAT(Usage({"query", " "}), HasSubstr("expected CELL..."));
}

}  // namespace
}  // namespace robbench
