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
  // Nor is a short training known before training.
  study = SmallPredictorStudy();
  study.mutable_predictors(1)->set_kind(Predictor::TRAINING);
  EXPECT_EQ(RecommendedPredictor(study).name(), "parameters");
}

TEST(PredictorText, LabelsAndEstimates) {
  const PredictorStudy study = SmallPredictorStudy();
  EXPECT_EQ(PredictorLabel(study.predictors(0)), "parameters");
  EXPECT_EQ(PredictorLabel(study.predictors(1)), "ZiCo, PGD 8/255");
  EXPECT_EQ(PredictorLabel(study.predictors(2)), "combination: all");
  EXPECT_EQ(TrainedCellsText(study), "");
  Predictor training;
  training.set_kind(Predictor::TRAINING);
  training.set_name("short_3000");
  training.set_images("clean");
  EXPECT_EQ(PredictorLabel(training), "1/3000 of a training, clean");
  training.set_left_out_cells(137);
  PredictorStudy trained = study;
  *trained.add_predictors() = training;
  EXPECT_EQ(TrainedCellsText(trained),
            " Short trainings are judged over the 63 cells that were trained.");
  EXPECT_EQ(PredictorOutcomeText(NO_GAIN, .05), "no gain of 0.05");
  EXPECT_EQ(PredictorEstimateText(false, {}), "–");
}

}  // namespace
}  // namespace robbench
