#include "analysis/studies/predictor/predictor_scores.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/studies/predictor/predictor_cost.h"
#include "analysis/studies/score_records.h"
#include "analysis/table/predictor_scores.h"
#include "analysis/table/predictor_scores.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "ntk/proxies/proxies.pb.h"
#include "training/attack_suite.pb.h"

namespace robbench {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Returns a record with counts, with "snip" of clean images and "croze" of
// those of fgsm_8.
ProxyRecord MakeRecord(int cell, uint32_t seed, double snip, double croze) {
  ProxyRecord record;
  *record.mutable_provenance() =
      MakeProvenance("ntk:score_proxies", "portable",
                     {{"dataset", "images"}, {"spec", "spec"}});
  record.set_dataset("cifar10");
  *record.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(cell));
  record.set_seed(seed);
  record.mutable_spec()->mutable_skeleton()->set_channels(16);
  record.mutable_spec()->mutable_skeleton()->set_cells_per_stage(5);
  record.mutable_spec()->set_images(64);
  const auto add = [&](const char* name, const char* images, double value) {
    ProxyScore& score = *record.add_scores();
    score.set_score(name);
    if (images != nullptr) score.set_images(images);
    score.set_value(value);
    if (!std::isfinite(value)) {
      record.add_flags(absl::StrCat("not_finite_", name, "_", images));
    }
  };
  add("parameters", nullptr, 1073466 + cell);
  add("multiply_adds", nullptr, 153273482);
  add("snip", "clean", snip);
  add("croze", "fgsm_8", croze);
  return record;
}

void Add(RecordFiles& files, const ProxyRecord& record) {
  files.emplace_back(
      absl::StrCat(record.cell().index(), "_", record.seed(), ".binpb"),
      SerializeRecord(record));
}

// Cell 10 (333000) has no live path.
RecordFiles MakeFiles() {
  RecordFiles files;
  Add(files, MakeRecord(2581, 0, 1.2345678, 10));
  Add(files, MakeRecord(2581, 1, 2.3456789, kInfinity));
  Add(files, MakeRecord(3, 0, 5e-5, kNaN));
  Add(files, MakeRecord(3, 1, 7e-5, -kInfinity));
  for (const uint32_t seed : {0, 1}) {
    ProxyRecord dead = MakeRecord(10, seed, kNaN, 1);
    dead.add_flags("dead_cell");
    Add(files, dead);
  }
  Add(files, MakeRecord(1000, 0, 9, 40));
  Add(files, MakeRecord(1000, 1, 0.5, 50));
  return files;
}

std::string Message(const RecordFiles& files) {
  return std::string(CollectPredictorScores(files).status().message());
}

TEST(PredictorScoresTest, MeansOverSeedsWithoutWhatIsNotFinite) {
  const auto scores = CollectPredictorScores(MakeFiles());
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_THAT(scores->cells(), ElementsAre(3, 10, 1000, 2581));
  EXPECT_THAT(scores->dead_cells(), ElementsAre(10));
  EXPECT_THAT(scores->seeds(), ElementsAre(0, 1));
  ASSERT_EQ(scores->columns_size(), 4);
  // Counts are exact, and scores have six digits.
  EXPECT_THAT(scores->columns(0).value(),
              ElementsAre(1073469, 1073476, 1074466, 1076047));
  EXPECT_THAT(scores->columns(1).value(),
              ElementsAre(153273482, 153273482, 153273482, 153273482));
  EXPECT_FALSE(scores->columns(0).has_seed_agreement());
  const PredictorColumn& snip = scores->columns(2);
  EXPECT_EQ(snip.images(), "clean");
  EXPECT_THAT(snip.value(), ElementsAre(6e-5, IsNan(), 4.75, 1.79012));
  EXPECT_EQ(snip.left_out_records(), 0);  // those of dead cells do not count
  // Seeds 0 and 1 rank the live cells 3, 2581, 1000 and 3, 1000, 2581.
  EXPECT_EQ(snip.seed_agreement(), 0.5);
  const PredictorColumn& croze = scores->columns(3);
  EXPECT_THAT(croze.value(), ElementsAre(IsNan(), 1, 45, 10));
  EXPECT_EQ(croze.left_out_records(), 3);
  EXPECT_FALSE(croze.has_seed_agreement());  // only one cell has both seeds
  // The flags of all records are counted and sorted.
  ASSERT_EQ(scores->flags_size(), 3);
  EXPECT_EQ(scores->flags(0).flag(), "dead_cell");
  EXPECT_EQ(scores->flags(0).records(), 2);
  EXPECT_EQ(scores->flags(1).flag(), "not_finite_croze_fgsm_8");
  EXPECT_EQ(scores->flags(1).records(), 3);
  EXPECT_EQ(scores->flags(2).flag(), "not_finite_snip_clean");
  EXPECT_EQ(scores->flags(2).records(), 2);
  EXPECT_TRUE(CheckPredictorScores("s", *scores).ok());
}

TEST(PredictorScoresTest, OrderOfFilesPlaysNoRole) {
  RecordFiles files = MakeFiles();
  const std::string first = PrintScores(*CollectPredictorScores(files));
  std::reverse(files.begin(), files.end());
  EXPECT_EQ(PrintScores(*CollectPredictorScores(files)), first);
}

TEST(PredictorScoresTest, TextReadsBack) {
  const auto scores = CollectPredictorScores(MakeFiles());
  const std::string text = PrintScores(*scores);
  PredictorScores read;
  ASSERT_TRUE(ParseTextProto("s", text, &read).ok());
  EXPECT_EQ(PrintScores(read), text);
  EXPECT_TRUE(std::isnan(read.columns(3).value(0)));
}

TEST(PredictorScoresTest, RefusesWhatDoesNotBelongTogether) {
  EXPECT_EQ(Message({}), "records: expected some, found none");
  RecordFiles files = MakeFiles();
  ProxyRecord other = MakeRecord(45, 0, 1, 1);
  Add(files, other);
  EXPECT_EQ(Message(files),
            "records: field seeds of cell 45: expected 0, 1, found 0");
  files = MakeFiles();
  Add(files, MakeRecord(3, 1, 1, 1));
  EXPECT_EQ(
      Message(files),
      "3_1.binpb: field cell and seed: expected one record of each, found "
      "another of cell 3, seed 1");
  files = MakeFiles();
  other = MakeRecord(45, 0, 1, 1);
  other.set_dataset("cifar100");
  Add(files, other);
  EXPECT_EQ(Message(files),
            "45_0.binpb: field dataset: expected cifar10 (as in 2581_0.binpb), "
            "found cifar100");
  files = MakeFiles();
  other = MakeRecord(45, 0, 1, 1);
  other.mutable_spec()->set_images(32);
  Add(files, other);
  EXPECT_THAT(Message(files),
              AllOf(HasSubstr("45_0.binpb: field spec: "),
                    HasSubstr("images: 64"), HasSubstr("images: 32")));
  files = MakeFiles();
  other = MakeRecord(45, 0, 1, 1);
  other.mutable_provenance()->mutable_inputs(0)->set_sha256("other");
  Add(files, other);
  EXPECT_THAT(Message(files), HasSubstr("45_0.binpb: field provenance: "));
  files = MakeFiles();
  other = MakeRecord(45, 0, 1, 1);
  other.mutable_scores()->RemoveLast();
  Add(files, other);
  EXPECT_THAT(Message(files),
              AllOf(HasSubstr("45_0.binpb: field scores: expected parameters"),
                    HasSubstr("croze of fgsm_8 (as in 2581_0.binpb)")));
  files = MakeFiles();
  files[0].second = files[0].second.substr(0, 50);
  EXPECT_THAT(Message(files), HasSubstr("2581_0.binpb"));
}

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() : scores_(*CollectPredictorScores(MakeFiles())) {}
  std::string Message() const {
    return std::string(CheckPredictorScores("s", scores_).message());
  }
  PredictorScores scores_;
};

TEST_F(CheckTest, Columns) {
  scores_.mutable_columns(3)->add_value(1);
  EXPECT_EQ(Message(),
            "s: field columns[croze of fgsm_8]: expected 4 values, found 5");
  scores_.mutable_columns(3)->mutable_value()->RemoveLast();
  scores_.mutable_columns(3)->set_value(0, kInfinity);
  EXPECT_EQ(Message(),
            "s: field columns[croze of fgsm_8]: expected finite values, found "
            "inf");
  scores_.mutable_columns(3)->set_value(0, 1);
  scores_.mutable_columns(0)->set_value(0, kNaN);
  EXPECT_EQ(Message(),
            "s: field columns[parameters]: expected finite values, found nan");
  scores_.mutable_columns(0)->set_value(0, 1);
  *scores_.add_columns() = scores_.columns(2);
  EXPECT_EQ(Message(),
            "s: field columns[snip of clean]: expected one column, found "
            "another");
  scores_.mutable_columns(4)->set_score("snap");
  EXPECT_EQ(Message(),
            "s: field columns[snap of clean]: expected a name of "
            "analysis/table/predictor_name.h, found snap");
  scores_.mutable_columns()->DeleteSubrange(1, 4);
  EXPECT_EQ(Message(), "s: field columns: expected multiply_adds, found none");
}

TEST_F(CheckTest, Cells) {
  scores_.set_cells(0, 10);
  EXPECT_EQ(Message(),
            "s: field cells: expected ascending, found out of order");
  scores_.set_cells(0, 3);
  scores_.set_dead_cells(0, 11);
  EXPECT_EQ(Message(),
            "s: field dead_cells: expected some of the cells, found others");
}

TEST(PredictorCostTest, PassesByDefinition) {
  ProxySpec spec;
  spec.set_images(64);
  Attack& fgsm = *spec.add_attacks();
  fgsm.set_name("fgsm_8");
  fgsm.mutable_fgsm()->set_epsilon(8);
  Attack& pgd = *spec.add_attacks();
  pgd.set_name("pgd_8");
  pgd.mutable_pgd()->set_steps(7);
  Attack& best = *spec.add_attacks();
  best = pgd;
  best.set_name("best_8");
  best.mutable_pgd()->set_best_iterate(true);
  const auto passes = [&](const char* score, const char* images) {
    return ForwardPasses(spec, score, images);
  };
  for (const char* count : {"parameters", "count_nor_conv_3x3", "paths"}) {
    EXPECT_EQ(passes(count, ""), 0) << count;
  }
  EXPECT_EQ(passes("l2_norm", ""), 0);
  EXPECT_EQ(passes("synflow", ""), 3.0 / 64);
  EXPECT_EQ(passes("zen", ""), 2);
  EXPECT_EQ(passes("naswot", "clean"), 1);
  EXPECT_EQ(passes("snip", "clean"), 3);
  EXPECT_EQ(passes("snip", "fgsm_8"), 3 + 2 + 1);
  EXPECT_EQ(passes("snip", "pgd_8"), 3 + 14 + 1);
  EXPECT_EQ(passes("grasp", "clean"), 9);
  EXPECT_EQ(passes("epe_nas", "clean"), 2);
  EXPECT_EQ(passes("input_gradient_norm", "clean"), 3);
  EXPECT_EQ(passes("input_gradient_norm", "pgd_8"), 3 + 14);
  EXPECT_EQ(passes("local_linearity", "fgsm_8"), 1 + 2 + 2 + 2);
  EXPECT_EQ(passes("croze", "pgd_8"), 3 + 3 + 14 + 1);
  EXPECT_EQ(passes("snip", "best_8"), std::nullopt);
  EXPECT_EQ(passes("snip", "other"), std::nullopt);
  EXPECT_EQ(passes("snap", "clean"), std::nullopt);
}

}  // namespace
}  // namespace robbench
