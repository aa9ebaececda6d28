#include "analysis/studies/predictor/predictor_text.h"

#include <string>

#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/small_study.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

std::string Message(const PredictorStudy& study) {
  return std::string(CheckPredictorStudy("s.binpb", study).message());
}

TEST(CheckPredictorStudy, RefusesAStudyThatIsNotWhole) {
  const PredictorStudy whole = SmallPredictorStudy();
  EXPECT_EQ(Message(whole), "");
  PredictorStudy study = whole;
  study.mutable_random()->RemoveLast();
  EXPECT_THAT(Message(study), HasSubstr("s.binpb: field random: expected 4"));
  study = whole;
  study.mutable_predictors(1)->mutable_results()->RemoveLast();
  EXPECT_THAT(Message(study),
              HasSubstr("field predictors[zico].results: expected 4, by data "
                        "set and metric, found 3"));
  study = whole;
  study.mutable_predictors(0)->set_name("paths");
  EXPECT_THAT(Message(study),
              HasSubstr("field predictors: expected the number of parameters"));
}

// A predictor whose cost is not known is not the cheapest.
TEST(RecommendedPredictor, HasACostAndIsBetterOnAllDataSets) {
  PredictorStudy study = SmallPredictorStudy();
  EXPECT_EQ(RecommendedPredictor(study).name(), "zico");
  study.mutable_predictors(1)->clear_cost();
  EXPECT_EQ(RecommendedPredictor(study).name(), "parameters");
}

TEST(PredictorText, LabelsAndEstimates) {
  const PredictorStudy study = SmallPredictorStudy();
  EXPECT_EQ(PredictorLabel(study.predictors(0)), "parameters");
  EXPECT_EQ(PredictorLabel(study.predictors(1)), "ZiCo, PGD 8/255");
  EXPECT_EQ(PredictorLabel(study.predictors(2)), "combination: all");
  EXPECT_EQ(PredictorOutcomeText(NO_GAIN, .05), "no gain of 0.05");
  EXPECT_EQ(PredictorEstimateText(false, {}), "–");
}

}  // namespace
}  // namespace robbench
