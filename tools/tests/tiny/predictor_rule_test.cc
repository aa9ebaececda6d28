// What the macro predictor_study makes: the records of all cells as one file,
// and the study of it.
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/predictor_scores.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// What Bazel made is no file of the repository.
constexpr char kStudy[] = "tools/tests/tiny/tiny_predictor_study";

TEST(PredictorRuleTest, ScoresOfAllRecords) {
  const std::string path = absl::StrCat(kStudy, "_scores.textproto");
  PredictorScores scores;
  ASSERT_TRUE(ParseTextProto(path, ReadFile(path).value(), &scores).ok());
  EXPECT_EQ(scores.dataset(), "fashion_mnist_tiny");
  EXPECT_THAT(scores.cells(), ElementsAre(0, 3, 4, 8, 9, 10, 14, 45, 894, 1835,
                                          2581, 4317, 7581));
  EXPECT_THAT(scores.dead_cells(), ElementsAre(10));
  EXPECT_THAT(scores.seeds(), ElementsAre(0));
  // 10 counts, 3 scores of no images, 11 of two sets, 2 of the attack's, and
  // five accuracies of each short training.
  EXPECT_THAT(scores.columns(), SizeIs(10 + 3 + 11 * 2 + 2 + 2 * 5));
  ASSERT_THAT(scores.trainings(), SizeIs(2));
  EXPECT_EQ(scores.trainings(0).name(), "short_3000");
  EXPECT_EQ(scores.trainings(1).name(), "short_500");
  EXPECT_EQ(scores.trainings(1).cells(), 6);
}

TEST(PredictorRuleTest, StudyOfThePublishedTable) {
  if (std::getenv("PAPER") == nullptr) {
    GTEST_SKIP()
        << "the published table is not on this machine (ROBBENCH_DATA)";
  }
  const auto study = ReadRecord<PredictorStudy>(
      absl::StrCat(kStudy, "_results/predictor_study.binpb"));
  ASSERT_TRUE(study.ok()) << study.status();
  EXPECT_EQ(study->cells(), 12);
  EXPECT_THAT(study->dead_cells(), SizeIs(1));
  EXPECT_THAT(study->noises(), SizeIs(18));
  // The scores, the accuracies of short trainings and three combinations.
  ASSERT_THAT(study->predictors(), SizeIs(37 + 10 + 3));
  for (const Predictor& predictor : study->predictors()) {
    EXPECT_THAT(predictor.results(), SizeIs(18)) << predictor.name();
    EXPECT_TRUE(predictor.has_cost()) << predictor.name();
  }
  EXPECT_THAT(study->provenance().inputs(), SizeIs(3));
  const std::pair<const char*, const char*> figures[] = {
      {"predictor_cost", "ImageNet16-120, pgd_8"},
      {"predictor_matrix", "CRoZe, PGD 25/255"},
      {"predictor_regret", "ImageNet16-120, pgd_8"}};
  for (const auto& [figure, text] : figures) {
    const auto svg =
        ReadFile(absl::StrCat(kStudy, "_figures/", figure, ".svg"));
    ASSERT_TRUE(svg.ok()) << svg.status();
    EXPECT_TRUE(absl::StrContains(*svg, text)) << figure;
  }
}

}  // namespace
}  // namespace robbench
