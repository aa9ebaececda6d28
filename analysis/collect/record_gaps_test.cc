// Tests what RecordCollector does where records are missing or say that their
// run failed: an error that names them, or gaps in the table where the options
// ask for that.
#include <cmath>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/collect/record_collector_fixture.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RecordGaps, NamesMissingRecords) {
  const auto all = SyntheticRecords(ThreeCells());
  const std::string gone[] = {"cell_323133_seed_2.train.binpb",
                              "cell_323133_seed_2.eval.binpb",
                              "cell_323133_seed_2.ntk.binpb"};
  const std::string kinds[] = {"training", "evaluation", "NTK"};
  for (int i = 0; i < 3; ++i) {
    auto files = all;
    std::erase_if(files,
                  [&](const RecordFile& file) { return file.path == gone[i]; });
    const auto table = Collect(files);
    EXPECT_EQ(table.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(table.status().message()),
                AllOf(HasSubstr(kinds[i] + " record of cell 2581 (323133), "
                                           "seed 2")));
  }
  EXPECT_FALSE(Collect({}).ok());
}

TEST(RecordGaps, FewerSeedsOnlyOnRequest) {
  auto files = SyntheticRecords(ThreeCells());
  std::erase_if(files, [](const RecordFile& file) {
    return absl::StrContains(file.path, "030000_seed_2");
  });
  EXPECT_FALSE(Collect(files).ok());
  const auto table = Collect(files, {.allow_fewer_seeds = true});
  ASSERT_TRUE(table.ok()) << table.status();
  const Column& clean = table->columns(0);
  EXPECT_TRUE(std::isnan(clean.seeds(1).value(2)));
  EXPECT_EQ(clean.mean(2), clean.seeds(0).value(2));
}

// One of six trainings failed, and the records that follow from it say so.
std::vector<RecordFile> WithOneFailure() {
  const std::string reason = "epoch 1, step 3: loss is not finite";
  std::vector<RecordFile> files = SyntheticRecords(ThreeCells());
  for (RecordFile& file : files) {
    if (file.path == "cell_323133_seed_2.train.binpb") {
      TrainRecord record = SyntheticTraining(ThreeCells(), "323133", 2);
      record.clear_epochs();
      record.set_failed(reason);
      file.bytes = SerializeRecord(record);
    } else if (file.path == "cell_323133_seed_2.eval.binpb") {
      EvaluationRecord record = SyntheticEvaluation(ThreeCells(), "323133", 2);
      record.clear_attacks();
      record.clear_checks();
      record.set_failed(reason);
      file.bytes = SerializeRecord(record);
    }
  }
  return files;
}

TEST(RecordGaps, AFailedRunIsAnErrorThatNamesIt) {
  const auto table = Collect(WithOneFailure());
  EXPECT_EQ(table.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(table.status().message()),
      AllOf(HasSubstr("training record of cell 2581 (323133), seed 2 "
                      "(cell_323133_seed_2.train.binpb says that it failed: "
                      "epoch 1, step 3: loss is not finite)"),
            HasSubstr("evaluation record of cell 2581 (323133), seed 2"),
            HasSubstr("--//tools:allow_missing")));
}

TEST(RecordGaps, AFailedRunIsAGapOnRequest) {
  const auto whole = Collect(SyntheticRecords(ThreeCells()));
  const auto table = Collect(WithOneFailure(), {.allow_missing = true});
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->gaps_size(), 2);
  const Gap& gap = table->gaps(0);
  EXPECT_EQ(gap.cell().index(), 2581);
  EXPECT_EQ(gap.seed(), 2);
  EXPECT_EQ(gap.kind(), RecordSource::TRAINING);
  EXPECT_EQ(gap.reason(), "epoch 1, step 3: loss is not finite");
  EXPECT_EQ(gap.record_sha256().size(), 64);
  EXPECT_EQ(table->gaps(1).kind(), RecordSource::EVALUATION);
  EXPECT_EQ(table->gaps(1).suite(), "mini");
  // Only the value of one seed, and with it the mean, differs from the whole
  // table.
  ASSERT_EQ(table->columns_size(), whole->columns_size());
  ASSERT_EQ(table->cells_size(), 3);
  for (int c = 0; c < table->columns_size(); ++c) {
    const Column& column = table->columns(c);
    const bool accuracy = column.kind() == Column::ACCURACY;
    for (int cell = 0; cell < 3; ++cell) {
      if (!accuracy || cell != 1) {
        EXPECT_EQ(column.mean(cell), whole->columns(c).mean(cell));
        continue;
      }
      EXPECT_TRUE(std::isnan(column.seeds(1).value(cell)));
      EXPECT_EQ(column.mean(cell), column.seeds(0).value(cell));
    }
  }
}

// If the seeds are left free too, a gap names a seed that other cells have.
TEST(RecordGaps, AGapIsOfASeedThatOtherCellsHave) {
  SyntheticOptions options = ThreeCells();
  options.seeds = {1, 2};
  auto files = SyntheticRecords(options);
  std::erase_if(files, [](const RecordFile& file) {
    return absl::StrContains(file.path, "323133") &&
           !absl::StrContains(file.path, ".eval");
  });
  const auto table =
      Collect(files, {.allow_fewer_seeds = true, .allow_missing = true});
  ASSERT_TRUE(table.ok()) << table.status();
  std::vector<std::string> gaps;
  for (const Gap& gap : table->gaps()) {
    gaps.push_back(
        absl::StrCat(gap.seed(), " ", RecordSource::Kind_Name(gap.kind())));
  }
  EXPECT_THAT(gaps, ElementsAre("1 TRAINING", "1 NTK", "2 TRAINING"));
}

TEST(RecordGaps, AMissingRecordIsAGapOnRequest) {
  auto files = SyntheticRecords(ThreeCells());
  std::erase_if(files, [](const RecordFile& file) {
    return absl::StrContains(file.path, "323133_seed_2.train") ||
           absl::StrContains(file.path, "323133_seed_2.ntk") ||
           absl::StrContains(file.path, "323133_seed_0.eval");
  });
  const auto table = Collect(files, {.allow_missing = true});
  ASSERT_TRUE(table.ok()) << table.status();
  std::vector<std::string> gaps;
  for (const Gap& gap : table->gaps()) {
    EXPECT_EQ(gap.reason(), "there is no record");
    EXPECT_FALSE(gap.has_record_sha256());
    gaps.push_back(absl::StrCat(gap.cell().code(), " ", gap.seed(), " ",
                                RecordSource::Kind_Name(gap.kind())));
  }
  EXPECT_THAT(gaps, ElementsAre("323133 0 EVALUATION", "323133 2 TRAINING",
                                "323133 2 NTK"));
  // Where no record is missing there are no gaps, and the table says nothing of
  // them.
  const auto whole =
      Collect(SyntheticRecords(ThreeCells()), {.allow_missing = true});
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(SerializeRecord(*whole),
            SerializeRecord(*Collect(SyntheticRecords(ThreeCells()))));
  // Without any record there is no table.
  EXPECT_FALSE(Collect({}, {.allow_missing = true}).ok());
}

}  // namespace
}  // namespace robbench
