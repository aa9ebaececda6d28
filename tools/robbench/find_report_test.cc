// Tests which of no, one or two reports a command takes, and what it says.
#include "tools/robbench/find_report.h"

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The test runs in an empty directory.
class FindReportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path directory =
        std::filesystem::path(::testing::TempDir()) /
        ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    std::filesystem::current_path(directory);
  }

  static void Make(const std::string& directory) {
    std::filesystem::create_directories(directory + "/tables");
    ASSERT_TRUE(WriteFile(directory + "/tables/table.binpb", "t").ok());
    ASSERT_TRUE(WriteFile(directory + "/manifest.textproto", "m").ok());
  }
};

TEST_F(FindReportTest, NoneIsAnErrorThatSaysWhatToDo) {
  const auto table = FindTable("", "");
  EXPECT_EQ(table.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(table.status().message()),
              AllOf(HasSubstr("robbench-report/tables/table.binpb"),
                    HasSubstr("robbench-paper/tables/table.binpb"),
                    HasSubstr("//:reproduce"), HasSubstr("//:paper"),
                    HasSubstr("--table or --report")));
  EXPECT_EQ(FindReport("").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FindReportTest, TheOneThatIsHere) {
  Make("robbench-paper");
  const auto table = FindTable("", "");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->path, "robbench-paper/tables/table.binpb");
  EXPECT_EQ(table->note, "report: robbench-paper");
  EXPECT_EQ(FindReport("")->path, "robbench-paper");
}

TEST_F(FindReportTest, OfTwoTheReproductionsAndItSaysHowToTakeTheOther) {
  Make("robbench-paper");
  Make("robbench-report");
  const auto table = FindTable("", "");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->path, "robbench-report/tables/table.binpb");
  EXPECT_EQ(table->note,
            "report: robbench-report; there is also robbench-paper "
            "(--report=robbench-paper)");
  const auto report = FindReport("");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->path, "robbench-report");
  EXPECT_THAT(report->note, HasSubstr("robbench verify robbench-paper"));
}

TEST_F(FindReportTest, WhatWasNamed) {
  Make("robbench-report");
  Make("elsewhere");
  EXPECT_EQ(FindTable("", "elsewhere")->path, "elsewhere/tables/table.binpb");
  EXPECT_EQ(FindTable("", "elsewhere")->note, "report: elsewhere");
  EXPECT_EQ(FindTable("x.binpb", "")->path, "x.binpb");
  EXPECT_EQ(FindTable("x.binpb", "")->note, "");
  EXPECT_EQ(FindReport("elsewhere")->path, "elsewhere");
  EXPECT_EQ(FindReport("elsewhere")->note, "");
  EXPECT_THAT(std::string(FindTable("", "absent").status().message()),
              HasSubstr("--report=absent: expected a report's directory"));
}

}  // namespace
}  // namespace robbench
