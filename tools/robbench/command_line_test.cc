// Every command of robbench knows its own flags, and only these.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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

// The message of a usage error; "" where there is none.
std::string Usage(const Arguments& arguments) {
  const auto text = Robbench(arguments);
  const bool is_usage = text.status().GetPayload("robbench/usage").has_value();
  return is_usage ? std::string(text.status().message()) : "";
}

bool Has(const std::vector<std::string>& flags, const std::string& flag) {
  return std::count(flags.begin(), flags.end(), flag) > 0;
}

TEST(RobbenchFlags, AnotherCommandsFlagIsAUsageError) {
  const auto line = RobbenchCommands();
  int refused = 0, known = 0;
  for (const auto& command : line->commands()) {
    for (const auto& other : line->commands()) {
      for (const std::string& flag : other->flags()) {
        const std::string typed = absl::StrCat("--", flag, "=1");
        if (Has(command->flags(), flag)) {
          // Its own: read, before help is printed.
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

// Flags that were dropped without a word.
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

// Of ImageNet16-120's network in the paper, by any name of the data set.
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
  EXPECT_EQ(*Robbench({"--version"}),
            absl::StrCat("robbench ", kVersion, "\n"));
  EXPECT_EQ(*Robbench({"-version"}), absl::StrCat("robbench ", kVersion, "\n"));
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
