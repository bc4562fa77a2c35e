"""Word lists by which headings, facets and quoted sentences are chosen: English of machine learning, and Chinese particles."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that no heading holds: a phrase ends where one of them stands.
GLUE = _words(
    """
    a abilities ability able about above abstract academic according achieve achieved achieves achieving across
    adapt adapts additional address addressed addresses addressing adopt adopted adopting adopts advance advanced
    advances advantage advantages after again against aim aims all allow allowing allows almost alone along already
    also although always am among amount an and another any anything applied applies apply applying are aren't argue
    around as ask asked asks aspect aspects assume assumes assumption assumptions at attempt attempts available away
    back based be became because become becomes been before behind being below besides best better better-performing
    between beyond big bigger boost boosts both bring brings build building builds but by called came can can't
    cannot capabilities capability capable capture captures capturing case cases certain challenge challenges
    challenging choose clearly combine combined combines combining come comes common commonly comparable compare
    compared compares comparing competitive compose comprehensive conclude conclusion conduct conducted consequence
    consequently consider considered considering considers consist consistent consistently consists construct
    constructed constructing contain contains contrast contribute contribution contributions correspond
    corresponding could create created creates creating crucial current currently deal decide deep-dive define
    defined demonstrate demonstrated demonstrates demonstrating depend depends describe described describes design
    designed designing designs desired despite detail detailed determine develop developed developing develops did
    didn't differ difference differences different difficult directly discover discuss discussed distinct divide
    divides do does doesn't doing don't done down dramatically due during e.g each easily easy effective effectively
    effectiveness efficiently effort efforts either else empirical employ employed employing employs enable enabled
    enables enabling encourage end-to-end enhance enhanced enhances enhancing enough ensure ensures entire
    especially essential establish etc evaluate evaluated evaluates evaluating even ever every everything evidence
    examine examined example excellent except exhibit exhibits exist existing exists experiment experimental
    experimentally experiments explain exploit exploiting exploits explore explored explores exploring extend
    extended extending extends extensive extensively extract extracted extracting extremely facilitate fact fail
    fails far fast faster favorable fewer finally find finds first five focus focused focuses focusing follow
    followed following follows for form former found four from fully fundamental further furthermore gain gains gave
    general generalize generalizes generalizing generally generate generated generates generating get gets github
    give given gives go goal goals goes good great greatly had half hand handle handles handling hard hardly has
    have having he held help helps hence her here hers higher highest highly him his hold holds hope how however
    hundred hundreds i i.e idea ideas identified identifies identify identifying if ignore ignores illustrate impact
    implement implemented importance important impressive impressively improve improved improvement improvements
    improves improving in include included includes including incorporate incorporates incorporating increase
    increased increases increasing increasingly indeed indicate indicates induce induces infer inferring insight
    insights inspire inspired instead integrate integrated integrates integrating interest interesting interestingly
    into introduce introduced introduces introducing investigate investigated investigates investigating involve
    involves involving is isn't issue issues it its itself jointly just keep keeps kept key kind kinds known lab
    laboratory lack lacks large-scale largely larger largest last later latter lead leading leads learn learned
    learnt least led less let leverage leveraged leverages leveraging lights like likely limit limitation
    limitations limited limits little ll longer made main mainly maintain maintaining major make makes making many
    marginally may maybe me mean means meantime meanwhile measure measures might million millions mitigate mitigates
    mitigating modify more moreover most mostly motivate motivated much must my naive namely near nearly necessary
    need needed needs neither never nevertheless new next no non none nor not notable notably nothing novel now
    numerous observation observations observe observed obtain obtained obtaining obtains of off often on once one
    ones only onto open-source or order original other others otherwise our ours out outperform outperformed
    outperforming outperforms outside over overall overcome overcomes own paper papers part participate
    participation particular particularly parts per perceive perform performed performing performs perhaps
    perspective perspectives popular pose poses possess possesses possible potential potentially powerful practical
    practice predict predicted predicts preliminary present presented presenting presents preserve preserving
    prevent previous previously principled prior problem problems produce produced produces producing promising
    promote properly propose proposed proposes proposing prove proven provide provided provides providing public
    publicly published purpose put qualitative quality quantitative quite range rather re reach real-world really
    recent recently recover reduce reduced reduces reducing refer refers reflect regard regarding relate related
    release released relies rely relying remain remains remarkable remarkably remove removes removing replace report
    reported reports represent representing represents require required requirement requirements requires respect
    respectively result resulting results retain return reveal revealed reveals rich robustly roughly run runs same
    satisfactory scenario scenarios seamlessly second secondly see seek seem seems seen select selected selects
    serve serves several severe shall share shared shared-task shares sharing she shed should show showcase showing
    shown shows side significant significantly similar simple simply simultaneously since six smaller so solve
    solved solves solving some something sometimes sota specific specifically start state-of-the-art still strength
    strong strongly struggle struggles studied studies study sub-optimal submission suboptimal substantial
    substantially success successful successfully such suffer suffers sufficient suggest suggests suitable superior
    superiority supports sure surpass surpasses surpassing tackle tackles tackling take taken takes team tend tends
    tested than that that's the their theirs them themselves then theoretically there therefore these they thing
    things third this those though thousand thousands three through throughout thus to today together too toward
    towards traditional train trained trains translating treat trivial try two typical typically under underlying
    understand unique unless unlike until up update updates updating upon us usage use used useful uses using
    usually utilize utilized utilizes utilizing validate validated varies variety various vary varying verified
    verify versus very via vs was way ways we well went were what whatever when where whereas whether which while
    who whole whom whose why wide widely widespread will with within without witness won't work works worse would
    year years yes yet yield yielding yields you your
    """
)

# Words that say nothing alone, though they can stand in a phrase.
DULL = _words(
    """
    accuracy action agent analysis application approach architecture area attribute author baseline batch bit block
    bound budget byte category channel characteristic cifar cityscapes class classifier cluster coco code community
    component computation concept condition configuration constellation constraint content context contexts control
    correlation cost data dataset datasets datum decision decoder deep degree dependency depth detail detector
    device dimension direction distance distribution document domain dynamic edge effect element embedding encoder
    entity environment error evaluation event example expert expression factor failure family feature feedback field
    frame framework function future generation generator global glue graph ground group gsm8k hmdb human image
    imagenet images individual inference information input instance instruction interaction item jester jhmdb
    kinetics kitti knowledge label labels language languages layer learning length level librispeech line linear
    link list literature local location long loss machine map mask matrix mechanism memory message method metric
    mmlu mnist modality mode model modeling models module modules multi name natural network networks neural node
    noise number nuscenes object objective observation operation operator optimization output pair parameter
    parameters part pascal patch path pattern people person phase phenomenon pixel point policy position power
    pre-training prediction predictor pretraining prior probability procedure process processing product program
    project property protocol quality query question rate ratio reason region relation relationship representation
    representations request research researcher resource response review reward role rule sample sampling scale
    scene score search section selection self semantic sentence sequence series set setting shape shift signal
    similarity size solution source space speech speed squad stage standard state statistic step strategy stream
    structure style subset superglue supervised supervision survey system target task tasks technique template term
    test text texts theory time token tokens tool top topic trade-off training transfer transformation tree trend
    type unit user users utility value variable variant vector vehicle version video videos view vision visual voc
    vocabulary weight weights wikitext wmt word words world
    """
)

# Words that end no heading: with them a phrase is about this paper's method or its outcome, or is cut short.
DULL_ENDS = _words(
    """
    ability accuracy acm adaptive advantage algorithm amount application approach area art aspect author automatic
    backbone based baseline behavior benchmark benefit best big block branch capability capacity case category
    challenge characteristic class comparison complexity component computation concept condition consistency
    consumption contribution corpus correlation cost cross database dataset datum decade deep dependency detail
    difference different difficulty dimension dimensionality direction diversity downstream effect effectiveness
    efficiency efficient effort element ensemble error experiment expert extent factor fashion feature few-shot
    field figure flexibility form frame framework frozen function general generalization generic global goal good
    great ground group head high human image importance improvement increase influence information input insight
    instance issue item iteration joint kind knowledge label lack large layer length level library limitation line
    linear local loss low manner margin matrix matter mechanism memory method methodology metric module multi
    multiple natural nature need neural non-trivial novel number objective open operation optimum order outcome
    output overhead pair paper paradigm parallel parameter part performance person perspective phase phenomenon
    pipeline pixel point potential power practice pre-trained pretrained problem procedure property quality quantity
    range rate reason relation relationship representation requirement research researcher resource result robust
    role sample scale scarcity scenario scheme score self semantic sense sentence sequence set setting setup shallow
    side simple single situation size small solution source space sparsity speed stage state step strategy structure
    study style subset success supervised system target task technique technology temporal term testing text textual
    time tiny token tool toolkit topic trade-off tradeoff trial type unit unlabeled unsupervised usage user value variant
    variety various vector version video view visual way weight word work world
    """
)

# Words that open no heading: they praise, or set off what is new from what was.
DULL_STARTS = _words(
    """
    actual additional appropriate arbitrary average better cheap classic classical clean complete complex
    conventional corresponding costly critical deeper downstream early entire exact expensive extensive extra final
    first-order full given good heavy huge ideal immense individual inherent initial intermediate larger lightweight
    massive maximal meaningful minimal modern naive native numerous off-the-shelf optimal original particular plain
    poor prohibitive proper pure raw realistic relative relevant reliable resulting rich separate several simple
    smaller sophisticated stable standard strong suitable target total true ultimate unified unknown unseen useful
    usual valid vanilla vast wider wild
    """
)

# What half the papers of the field mention: the background of a group rather than its subject. Keys as phrases have them.
BACKGROUND = frozenset(
    tuple(phrase.split())
    for phrase in (
        "artificial intelligence",
        "artificial neural network",
        "computer vision",
        "convolutional neural network",
        "deep learning",
        "deep learning model",
        "deep model",
        "deep network",
        "deep neural network",
        "fine tuning",
        "foundation model",
        "full fine tuning",
        "image classification",
        "language model",
        "language modeling",
        "large language model",
        "large model",
        "large pre trained model",
        "llm",
        "machine learning",
        "machine learning model",
        "model training",
        "large foundation model",
        "large neural network",
        "natural language",
        "natural language processing",
        "neural language model",
        "neural model",
        "neural network",
        "neural network model",
        "pre trained language model",
        "pre trained model",
        "pre training",
        "representation learning",
        "stochastic gradient descent",
        "supervised learning",
        "theoretical analysis",
        "transformer",
        "transformer model",
        "vision model",
    )
)

# Words that can be a whole heading.
SOLO = _words(
    """
    adapter aggregation alignment attack attention autoencoder backdoor backpropagation bandit calibration
    captioning causality clustering co-training compression convergence convolution counting crowdsourcing
    cybersecurity debiasing deblurring decoding deduplication deepfake defense dehazing denoising deraining
    diagnosis dialogue diffusion disambiguation disentanglement distillation dropout ensemble equivariance ethics
    explainability exploration extrapolation factuality fairness forecasting forgetting generalization grasping
    hallucination hashing hypergraph hypernetwork initialization interpolation interpretability localization
    lora manipulation masking memorization merging meta-learning misinformation mixup navigation normalization
    optimization overfitting paraphrasing parsing personalization planning poisoning pooling privacy prompting
    pruning quantisation quantization ranking reasoning recommendation registration regularization rendering
    reranking retrieval rewriting robotics robustness routing safety sampling segmentation self-training simulation
    sparsification sparsity steganography stylization summarization super-resolution tokenization tokenizer toxicity
    tracking transformer translation uncertainty unlearning verification visualization watermarking
    """
)

# Nouns that end as adjectives do.
NOUNS_LIKE_ADJECTIVES = _words(
    """
    approval arithmetic arrival boundary chemical critic dictionary heuristic interval library logic material metal
    music narrative objective portal potential proposal removal retrieval signal summary survival traffic trial
    tutorial vocabulary
    """
)
ADJECTIVE = re.compile(
    r"(?:al|ive|ous|ic|able|ible|ian|ful|less|ary|ant)$"
    r"|-(?:level|based|wise|free|specific|aware|agnostic|shot|trained|time|scale|order|efficient|driven|guided|invariant|end|like|oriented|hard|depth|rank|tail|precision)$"
)

# Heads that stand in the plural in a heading.
COUNTABLE = _words(
    """
    adapter agent attack autoencoder bandit bound cnn code defense embedding encoder ensemble explanation game gan
    graph kernel learner manifold method mixture model network operator policy process prompt recommender robot
    simulator transformer tree vae word
    """
)

# Last words of phrases that are headings more often than others: tasks, families of methods, fields.
HEADS = _words(
    """
    adaptation adapter agent alignment analysis answering assistant attack attention augmentation autoencoder bandit
    benchmark bias bound calibration captioning causality chain classification clustering code communication
    completion compression convergence convolution corpus correction dataset debiasing decoding decomposition
    deepfake defense denoising detection dialogue diffusion discovery disentanglement distillation driving editing
    embedding encoding engineering ensemble estimation evaluation expert explanation exploration extraction
    factorization fairness fine-tuning flow forecasting forgetting fusion game gan generation geometry gradient
    graph grounding hallucination hashing identification imaging imitation inference initialization inpainting
    instruction interpretability intervention kernel labeling learner learning linking localization lora
    manipulation matching metric mixture model modeling nas navigation network normalization ocr optimization
    optimizer parsing perception personalization planning poisoning policy pooling prediction pretraining privacy
    process programming prompt prompting pruning quantization ranking reasoning recognition recommendation
    reconstruction rectification refinement registration regression regularization reid rendering restoration
    retrieval robotics robustness routing safety sampling scaling search segmentation shot simplification simulation
    skill sparsification sparsity speech stylization summarization super-resolution supervision survey synthesis
    tagging theory thought toxicity tracking training transducer transfer transformer translation transport tuning
    understanding unlearning verification vit
    """
)

# What a phrase says it is, which tells it from no other: teacher networks and teacher models are one thing.
KINDS = _words("approach architecture deep framework learning method model network neural process system technique")

# Words in -ing that are nouns of the field; any other one is taken for a verb.
NOUNS_IN_ING = _words(
    """
    answering bagging boosting captioning clustering coding computing conditioning crowdsourcing data-mining
    debiasing debugging decoding deep-learning denoising driving editing embedding encoding engineering ensembling
    fine-tuning finetuning forecasting forgetting gating grounding hashing hedging imaging indexing inpainting
    judging kriging labeling labelling learning linking listening manufacturing mapping masking matching
    meta-learning mining mixing modeling modelling multitasking normalizing outpainting parsing pathfinding planning
    poisoning pooling posing pre-training preprocessing pretraining pricing probing processing programming prompting
    pruning ranking re-ranking reasoning recycling relighting rendering reranking routing sampling scaling
    scheduling screening sensing sharding signing sketching skinning slicing smoothing spamming spiking steering
    stitching storytelling streaming string styling tagging testing tracking training tuning understanding
    unlearning upscaling watching watermarking weighting wording writing
    """
)

# Words in -ing that open noun phrases more often than clauses; "learning to ..." and "tuning models" are clauses.
STARTS_IN_ING = _words(
    """
    boosting clustering embedding imaging meeting planning pricing prompting pruning ranking reasoning routing
    scaling sensing spiking spring streaming string wing
    """
)

# Words in -ed that can open a noun phrase (federated learning); any other one is a verb's.
STARTS_IN_ED = _words(
    """
    amortized associated autoregressed bed biased bleed bounded compressed concatenated constrained contextualized
    continued convolved curated decentralized delayed differentiated directed discretized disentangled distributed
    embed embedded factorized federated feed fixed gated generalized grounded guided hashed hidden imbalanced
    inferred interleaved kernelized labeled layered localized long-tailed masked mixed need nested paired
    personalized pretrained privileged quantized randomized recommended red regularized restricted retrieved seed
    segmented shared signed sliced sparsified speed spoken structured supervised unified unlabeled unpaired
    unsupervised untrimmed variational weighted
    """
)

# Before a verb, or before no noun phrase's first word.
VERB_MARKS = _words("to we can could may might must not should will would they it i cannot help let that which please")

# Words written in one or in two: one key for both.
ALIASES = {
    "finetuning": "fine-tuning",
    "finetune": "fine-tune",
    "pretraining": "pre-training",
    "pretrained": "pre-trained",
    "modelling": "modeling",
    "labelling": "labeling",
    "multimodal": "multi-modal",
    "multitask": "multi-task",
    "summarisation": "summarization",
    "optimisation": "optimization",
    "generalisation": "generalization",
    "quantisation": "quantization",
    "regularisation": "regularization",
    "datasets": "dataset",
    "tradeoff": "trade-off",
    "tradeoffs": "trade-off",
}

# Chinese particles and words of glue, between which a term stands.
CJK_BREAKS = re.compile(
    "的|了|和|与|及|在|是|对|为|中|从|到|把|被|将|以|等|并|或|也|都|而|其|该|此|本文|我们|一种|一个|提出|基于|通过|利用|使用|研究"
    "|进行|可以|实现|针对|面向|用于|以及|结果|表明|方法|问题|实验|有效|提高|提升|综述|这些|这种|不同|主要|具有|相关|工作|论文"
)

# Facets that surveys keep apart from methods, by what titles say. The first that matches takes the paper.
SURVEY_TITLE = re.compile(
    r"\b(?:survey|surveys|overview|tutorial|primer|roadmap)\b"
    r"|\b(?:literature|systematic|comprehensive|critical|brief|short) review\b"
    r"|(?:^|[:?.\-–—] *)(?:a|the) review\b|\breview of\b|综述|回顾",
    re.IGNORECASE,
)
DATASET_TITLE = re.compile(
    r"\b(?:data ?sets?|benchmarks?|corpus|corpora|test ?suites?|test ?beds?|treebanks?|leaderboards?)\b"
    r"(?![ -](?:distillation|condensation|pruning|compression|shift|bias|free|inference|augmentation|specific|agnostic|level|"
    r"reduction|selection))"
    r"|数据集|基准|语料库",
    re.IGNORECASE,
)
# "learning from imbalanced data sets" brings no data set.
DATASET_USED = re.compile(
    r"\b(?:from|on|across|over|without|between|with|under|in|via|using|beyond|multiple|imbalanced|small|noisy|mixing|merging) "
    r"(?:\w+[ -]){0,3}(?:data ?sets?|benchmarks?|corpus|corpora)\b",
    re.IGNORECASE,
)
EVALUATION_TITLE = re.compile(
    r"^(?:evaluating|measuring|comparing|assessing|benchmarking|quantifying) "
    r"|\b(?:empirical|comparative|systematic|large-scale|critical|case|ablation) "
    r"(?:study|analysis|evaluation|investigation|comparison)\b"
    r"|\b(?:evaluation|analysis|evaluating|comparison|investigation|study) of\b|评测|评估|分析",
    re.IGNORECASE,
)
# How a paper that looks into something begins, and one that then proposes something too.
INQUIRY_TITLE = re.compile(
    r"^(?:understanding|analy[sz]ing|revisiting|investigating|probing|characteri[sz]ing|examining|dissecting|demystifying|"
    r"diagnosing|on the|towards? understanding|what|why|how|when|do|does|is|are|can) |\bunderstanding of\b|[?？]$",
    re.IGNORECASE,
)
# An inquiry is one on evaluation unless an answer of its own is proposed, or proved.
PROPOSAL = re.compile(
    r"\b(?:we|this (?:paper|work|article)) (?:\w+ )?(?:propos|introduc|develop|devis|design|present)\w* (?:[\w,()-]+ ){0,8}?"
    r"(?:methods?|models?|framework|approach|algorithms?|architectures?|networks?|layers?|modules?|loss(?:es)?|techniques?|"
    r"strateg(?:y|ies)|schemes?|mechanisms?|objectives?|operators?|regulari[sz]\w+|variants?|system|learners?)\b"
    r"|本文提出|我们提出",
    re.IGNORECASE,
)
OPEN_TITLE = re.compile(
    r"\b(?:open (?:problems?|challenges?|questions?|issues?)|challenges and|opportunities|future (?:directions?|research|work)"
    r"|position paper|^position\b|(?<!\w )perspectives? on|outlook|call for"
    r"|lessons (?:from|learned)|grand challenges?)\b|挑战|展望",
    re.IGNORECASE,
)
