#include "analysis/studies/ntk/ntk_scores.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/score_records.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Returns a record with the given smallest eigenvalue of "clean" and condition
// number of "robust_8".
NtkRecord MakeRecord(int cell, uint32_t seed, double eigenvalue,
                     double condition) {
  NtkRecord record;
  *record.mutable_provenance() = MakeProvenance(
      "ntk:score", "portable", {{"dataset", "images"}, {"spec", "spec"}});
  record.set_dataset("cifar10");
  *record.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(cell));
  record.set_seed(seed);
  NtkSpec& spec = *record.mutable_spec();
  spec.mutable_skeleton()->set_channels(16);
  spec.mutable_skeleton()->set_cells_per_stage(5);
  spec.set_images(20);
  spec.set_image_choice(NtkSpec::BALANCED);
  NtkAttack& attack = *spec.mutable_attack();
  attack.add_epsilon(8);
  attack.set_relative_step_size(.4);
  attack.set_steps(5);
  attack.set_random_start(true);
  spec.set_twice(false);
  spec.set_scalar(NtkSpec::SUM_OF_LOGITS);
  spec.set_parameters(NtkSpec::ALL);
  spec.set_batch_norm(NtkSpec::CALIBRATED);
  spec.add_ratio(2);
  record.set_from_weights(false);
  for (const auto kind : {KernelScore::CLEAN, KernelScore::ROBUST}) {
    KernelScore& kernel = *record.add_scores();
    const bool clean = kind == KernelScore::CLEAN;
    kernel.set_kernel(clean ? "clean" : "robust_8");
    kernel.set_kind(kind);
    if (!clean) kernel.set_epsilon(8);
    kernel.set_min_eigenvalue(clean ? eigenvalue : 1);
    kernel.set_max_eigenvalue(2);
    kernel.set_condition_number(clean ? 3 : condition);
    kernel.set_trace(4);
    kernel.set_frobenius_norm(5);
    kernel.add_eigenvalue_ratio(6);
    kernel.set_label_complexity(7);
    kernel.set_label_alignment(8);
    kernel.set_singular(false);
  }
  return record;
}

void Add(RecordFiles& files, const NtkRecord& record) {
  files.emplace_back(
      absl::StrCat(record.cell().index(), "_", record.seed(), ".binpb"),
      SerializeRecord(record));
}

// Cell 10 (333000) has no live path.
RecordFiles MakeFiles() {
  RecordFiles files;
  Add(files, MakeRecord(2581, 0, 1.23456, 10));
  Add(files, MakeRecord(2581, 1, 2.34567, kInfinity));
  Add(files, MakeRecord(3, 0, 5e-5, 20));
  Add(files, MakeRecord(3, 1, 7e-5, 30));
  NtkRecord dead = MakeRecord(10, 0, 0, kInfinity);
  dead.add_flags("dead_cell");
  Add(files, dead);
  dead.set_seed(1);
  Add(files, dead);
  Add(files, MakeRecord(1000, 0, 9, 40));
  Add(files, MakeRecord(1000, 1, 0.5, 50));
  return files;
}

std::string Message(const RecordFiles& files) {
  return std::string(CollectNtkScores("s", files).status().message());
}

const NtkScoreColumn& Find(const NtkScores& scores, const std::string& kernel,
                           const std::string& score) {
  for (const NtkScoreColumn& column : scores.columns()) {
    if (column.name().kernel() == kernel && column.name().score() == score) {
      return column;
    }
  }
  ADD_FAILURE() << kernel << " " << score;
  return scores.columns(0);
}

TEST(NtkScoresTest, MeansOverSeedsToFourDigits) {
  const auto scores = CollectNtkScores("calibrated", MakeFiles());
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_EQ(scores->setting(), "calibrated");
  EXPECT_THAT(scores->cells(), ElementsAre(3, 10, 1000, 2581));
  EXPECT_THAT(scores->dead_cells(), ElementsAre(10));
  EXPECT_THAT(scores->seeds(), ElementsAre(0, 1));
  EXPECT_THAT(Find(*scores, "clean", "min_eigenvalue").value(),
              ElementsAre(6e-5, 0, 4.75, 1.79));
  EXPECT_THAT(Find(*scores, "robust_8", "condition_number").value(),
              ElementsAre(25, kInfinity, 45, kInfinity));
  EXPECT_EQ(Find(*scores, "robust_8", "min_eigenvalue").name().epsilon(), 8);
  // There are eight scores of two kernels, in the record's order.
  ASSERT_EQ(scores->columns_size(), 16);
  EXPECT_EQ(scores->columns(0).name().score(), "min_eigenvalue");
  EXPECT_EQ(scores->columns(5).name().score(), "label_complexity");
  EXPECT_EQ(scores->columns(7).name().score(), "eigenvalue_ratio_2");
  EXPECT_EQ(scores->columns(8).name().kernel(), "robust_8");
}

// Live cells 3, 1000, 2581 rank 1, 3, 2 by seed 0 and 1, 2, 3 by seed 1.
TEST(NtkScoresTest, AgreementOfSeedsIsOverLiveCells) {
  const auto scores = CollectNtkScores("calibrated", MakeFiles());
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_EQ(Find(*scores, "clean", "min_eigenvalue").seed_agreement(), .5);
  EXPECT_FALSE(Find(*scores, "clean", "trace").has_seed_agreement());
}

TEST(NtkScoresTest, OrderOfFilesDoesNotMatter) {
  RecordFiles files = MakeFiles();
  const auto scores = CollectNtkScores("calibrated", files);
  ASSERT_TRUE(scores.ok()) << scores.status();
  std::reverse(files.begin(), files.end());
  const auto reversed = CollectNtkScores("calibrated", files);
  ASSERT_TRUE(reversed.ok()) << reversed.status();
  EXPECT_EQ(PrintScores(*reversed), PrintScores(*scores));
}

TEST(NtkScoresTest, TextReadsBack) {
  const auto scores = CollectNtkScores("calibrated", MakeFiles());
  ASSERT_TRUE(scores.ok()) << scores.status();
  NtkScores read;
  const absl::Status status =
      ParseTextProto("scores", PrintScores(*scores), &read);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(MessageDifferencer::Equals(read, *scores));
  EXPECT_TRUE(CheckNtkScores("scores", read).ok());
}

TEST(NtkScoresTest, RecordsAreTraced) {
  const auto scores = CollectNtkScores("calibrated", MakeFiles());
  ASSERT_TRUE(scores.ok()) << scores.status();
  const Provenance& provenance = scores->provenance();
  ASSERT_EQ(provenance.inputs_size(), 3);
  EXPECT_EQ(provenance.inputs(0).role(), "dataset");
  EXPECT_EQ(provenance.inputs(1).role(), "records");
  EXPECT_EQ(provenance.inputs(2).role(), "spec");
  EXPECT_EQ(provenance.numeric_profile(), "portable");
  RecordFiles files = MakeFiles();
  files[0].second = SerializeRecord(MakeRecord(2581, 0, 1.23457, 10));
  const auto other = CollectNtkScores("calibrated", files);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_NE(other->provenance().inputs(1).sha256(),
            provenance.inputs(1).sha256());
}

TEST(NtkScoresTest, RefusesRecordsThatDoNotFit) {
  EXPECT_THAT(Message({}), HasSubstr("found none"));

  NtkRecord record = MakeRecord(4, 0, 1, 1);
  RecordFiles files = MakeFiles();
  Add(files, record);
  EXPECT_THAT(Message(files), AllOf(HasSubstr("seeds of cell 4"),
                                    HasSubstr("0, 1"), HasSubstr("found 0")));

  files = MakeFiles();
  Add(files, MakeRecord(3, 1, 1, 1));
  EXPECT_THAT(Message(files), AllOf(HasSubstr("3_1.binpb"),
                                    HasSubstr("another of cell 3, seed 1")));

  const auto refused = [&](const NtkRecord& bad) {
    RecordFiles with = MakeFiles();
    Add(with, bad);
    return Message(with);
  };
  NtkRecord bad = record;
  bad.mutable_spec()->set_images(32);
  EXPECT_THAT(refused(bad),
              AllOf(HasSubstr("4_0.binpb: field spec"),
                    HasSubstr("as in 2581_0.binpb"), HasSubstr("images: 32")));
  bad = record;
  bad.mutable_provenance()->mutable_inputs(0)->set_sha256("0");
  EXPECT_THAT(refused(bad), HasSubstr("field provenance"));
  bad = record;
  bad.set_dataset("cifar100");
  EXPECT_THAT(refused(bad), HasSubstr("field dataset"));
  bad = record;
  bad.set_from_weights(true);
  EXPECT_THAT(refused(bad), HasSubstr("field from_weights"));
  bad = record;
  bad.mutable_scores(1)->set_trace(std::nan(""));
  EXPECT_THAT(refused(bad), HasSubstr("scores[robust_8].trace"));
  bad = record;
  bad.mutable_scores(1)->clear_eigenvalue_ratio();
  EXPECT_THAT(refused(bad), HasSubstr("eigenvalue_ratio"));
  bad = record;
  bad.mutable_scores()->RemoveLast();
  EXPECT_THAT(refused(bad), HasSubstr("field scores"));
}

TEST(NtkScoresTest, RefusesFilesThatCannotBe) {
  const NtkScores good = CollectNtkScores("calibrated", MakeFiles()).value();
  const auto refused = [&](const NtkScores& scores) {
    return std::string(CheckNtkScores("f", scores).message());
  };
  EXPECT_EQ(refused(good), "");
  NtkScores bad = good;
  bad.mutable_columns(1)->mutable_value()->RemoveLast();
  EXPECT_THAT(refused(bad),
              AllOf(HasSubstr("f: field columns[clean max_eigenvalue]"),
                    HasSubstr("4 values"), HasSubstr("3")));
  bad = good;
  bad.set_cells(0, 12);
  EXPECT_THAT(refused(bad), HasSubstr("field cells"));
  bad = good;
  bad.add_dead_cells(11);
  EXPECT_THAT(refused(bad), HasSubstr("field dead_cells"));
  bad = good;
  bad.mutable_columns(0)->set_value(0, std::nan(""));
  EXPECT_THAT(refused(bad), HasSubstr("NaN"));
}

}  // namespace
}  // namespace robbench
