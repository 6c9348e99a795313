# ruff: noqa: E501, RUF001 - titles, summaries and URLs are the seeds' own
"""What the five real seeds say, field by field: golden, checked by eye against the files."""

from datetime import UTC, datetime

from watcher.model.seed import Content, Image, Provider


def image(url: str, width: int, height: int) -> Image:
    return Image(url=url, width=width, height=height, is_cached=True)


# The number of the seed: its content and its canonical URLs.
REAL: dict[int, tuple[Content, tuple[str, ...]]] = {
    0: (
        Content(
            title="Artificial intelligence can determine racial identity from medical images",
            url="https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images",
            summary="A study shows that artificial intelligence (AI) has the capability to accurately predict someone’s race in radiographic images.",
            original_url="https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images",
            category="news",
            type="article",
            published_at=datetime(2022, 10, 20, 20, 36, tzinfo=UTC),
            quality=38.0,
            heat=-1.0,
            is_published=False,
            provider=Provider(name="Interesting Engineering", domain="interestingengineering.com"),
            topics=(
                "AI in Healthcare",
                "AI",
            ),
            images=(
                image(
                    "https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg",
                    1200,
                    675,
                ),
            ),
            related=(
                Content(
                    title="Study finds that artificial intelligence can determine race from medical images",
                    url="https://medicalxpress.com/news/2022-10-artificial-intelligence-medical-images.html",
                    summary="Artificial intelligence (AI) is used in a wide variety of health care settings, from analyzing medical images to assisting with surgical procedures. While AI can sometimes outperform trained clinicians,",
                    amp_url="https://medicalxpress.com/news/2022-10-artificial-intelligence-medical-images.amp",
                    cdn_amp_url="https://medicalxpress-com.cdn.ampproject.org/c/s/medicalxpress.com/news/2022-10-artificial-intelligence-medical-images.amp",
                    type="article",
                    published_at=datetime(2022, 10, 19, 21, 10, tzinfo=UTC),
                    quality=55.0,
                    provider=Provider(name="Medical Xpress", domain="medicalxpress.com"),
                    images=(
                        image(
                            "https://scx2.b-cdn.net/gfx/news/hires/2022/study-finds-that-artif.jpg",
                            2880,
                            1338,
                        ),
                    ),
                ),
            ),
        ),
        (
            "https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images",
        ),
    ),
    1: (
        Content(
            title="Can AI Identify Race From Medical X-Rays?",
            url="https://www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays",
            summary="An astonishing new study published in The Lancet Digital Health shows that AI can predict a person’s race based on X-ray images with a high degree of accuracy, but scientists do not know exactly how.",
            original_url="https://www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays",
            amp_url="https://www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays?amp",
            cdn_amp_url="https://www-psychologytoday-com.cdn.ampproject.org/c/s/www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays?amp",
            category="news",
            type="article",
            published_at=datetime(2022, 5, 15, 23, 9, tzinfo=UTC),
            quality=57.0,
            heat=-1.0,
            is_published=False,
            provider=Provider(name="Psychology Today", domain="psychologytoday.com"),
            topics=("AI",),
            images=(
                image(
                    "https://cdn2.psychologytoday.com/assets/styles/manual_crop_1_91_1_1528x800/public/field_blog_entry_teaser_image/2022-05/pic22355.jpg?itok=ba1uJVh8",
                    1528,
                    800,
                ),
            ),
            related=(
                Content(
                    title="Scientists enhance X-ray data analysis with artificial intelligence",
                    url="https://phys.org/news/2022-05-scientists-x-ray-analysis-artificial-intelligence.html",
                    summary="Artificial intelligence (AI ... task of analyzing data from high-energy X-ray experiments. With a new neural network-based method called BraggNN, the Argonne team can more precisely identify ...",
                    amp_url="https://phys.org/news/2022-05-scientists-x-ray-analysis-artificial-intelligence.amp",
                    cdn_amp_url="https://phys-org.cdn.ampproject.org/c/s/phys.org/news/2022-05-scientists-x-ray-analysis-artificial-intelligence.amp",
                    type="article",
                    published_at=datetime(2022, 5, 12, 15, 11, tzinfo=UTC),
                    quality=59.0,
                    provider=Provider(name="Phys.org", domain="phys.org"),
                    images=(
                        image(
                            "https://scx2.b-cdn.net/gfx/news/2022/scientists-enhance-x-r.jpg",
                            534,
                            300,
                        ),
                    ),
                ),
                Content(
                    title="Researchers Harness Artificial Intelligence to Enhance X-Ray Data Analysis",
                    url="https://www.azorobotics.com/News.aspx?newsID=12944",
                    summary="From biology to materials science, artificial intelligence (AI) has revolutionized every scientific subject. When it pertains to certain types of X-ray studies, new AI approaches have enabled researchers to get an accurate analysis of their materials in less time.",
                    amp_url="https://www.azorobotics.com/amp/news.aspx?newsID=12944",
                    cdn_amp_url="https://www-azorobotics-com.cdn.ampproject.org/c/s/www.azorobotics.com/amp/news.aspx?newsID=12944",
                    type="article",
                    published_at=datetime(2022, 5, 12, 16, 15, tzinfo=UTC),
                    quality=57.0,
                    provider=Provider(name="Azorobotics", domain="azorobotics.com"),
                    images=(
                        image(
                            "https://dp9eps5gd5xd0.cloudfront.net/images/news/ImageForNews_12944_16523529434324815.jpg",
                            534,
                            300,
                        ),
                    ),
                ),
                Content(
                    title="Remarkable Science: Our future with AI and Robots",
                    url="https://www.statnews.com/event/remarkable-science-our-future-with-ai-and-robots/",
                    summary="Life with robots once seemed possible only in science fiction with R2-D2 and C-3PO helping save the galaxy while audiences delighted in theaters. However, the future is now — scientific advances in artificial intelligence and robotics have brought robots ...",
                    type="article",
                    published_at=datetime(2022, 5, 14, 1, 19, tzinfo=UTC),
                    quality=54.0,
                    provider=Provider(name="STAT", domain="statnews.com"),
                    images=(
                        image(
                            "https://www.statnews.com/wp-content/uploads/2022/05/aiimage-only-1024x576.jpeg",
                            1024,
                            576,
                        ),
                    ),
                ),
            ),
        ),
        (
            "https://www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays",
            "https://www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays?amp",
            "https://www-psychologytoday-com.cdn.ampproject.org/c/s/www.psychologytoday.com/za/blog/the-future-brain/202205/can-ai-identify-race-medical-x-rays?amp",
        ),
    ),
    2: (
        Content(
            title="Artificial intelligence predicts patients' race from their medical images",
            url="https://medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.html",
            summary="The miseducation of algorithms is a critical problem; when artificial intelligence mirrors ... and engineers are not enough. Health care is a social-cultural problem just as much as it's a medical ...",
            original_url="https://medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.html",
            amp_url="https://medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.amp",
            cdn_amp_url="https://medicalxpress-com.cdn.ampproject.org/c/s/medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.amp",
            category="news",
            type="article",
            published_at=datetime(2022, 5, 20, 13, 39, tzinfo=UTC),
            quality=18.0,
            heat=-1.0,
            is_published=False,
            provider=Provider(name="Medical Xpress", domain="medicalxpress.com"),
            topics=(
                "AI in Healthcare",
                "AI",
                "AI in Autos",
            ),
            images=(
                image(
                    "https://scx2.b-cdn.net/gfx/news/hires/2022/artificial-intelligenc-36.jpg",
                    2880,
                    1373,
                ),
            ),
            related=(
                Content(
                    title="No, MIT’s new AI can’t determine a person’s race from medical images",
                    url="https://thenextweb.com/news/mits-ai-cant-determine-a-persons-race-from-medical-images",
                    summary="MIT researchers claim they've built an AI that can determine a person's race from medical X-Rays. That would be a miraculous breakthrough.",
                    type="article",
                    published_at=datetime(2022, 5, 23, 20, 35, tzinfo=UTC),
                    quality=67.0,
                    provider=Provider(name="The Next Web", domain="thenextweb.com"),
                    images=(
                        image(
                            "https://img-cdn.tnwcdn.com/image/neural?filter_last=1&fit=1280%2C640&url=https%3A%2F%2Fcdn0.tnwcdn.com%2Fwp-content%2Fblogs.dir%2F1%2Ffiles%2F2019%2F03%2Fmagician_robot.jpg&signature=dad988310e6466938fa90666f1e7a51d",
                            1200,
                            600,
                        ),
                    ),
                ),
            ),
        ),
        (
            "https://medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.html",
            "https://medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.amp",
            "https://medicalxpress-com.cdn.ampproject.org/c/s/medicalxpress.com/news/2022-05-artificial-intelligence-patients-medical-images.amp",
        ),
    ),
    3: (
        Content(
            title="Study shows AI deep learning models can detect race in medical imaging",
            url="https://www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging",
            summary="A recent study found that AI deep learning models can be trained to identify race in these same medical images. Something radiologists could only determine with 50 percent accuracy. “The AI ...",
            original_url="https://www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging",
            amp_url="https://www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging?_amp=true",
            cdn_amp_url="https://www-wxyz-com.cdn.ampproject.org/c/s/www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging?_amp=true",
            category="news",
            type="article",
            published_at=datetime(2022, 5, 24, 23, 3, tzinfo=UTC),
            quality=74.0,
            heat=-1.0,
            is_published=False,
            provider=Provider(name="WXYZ Detroit", domain="wxyz.com"),
            topics=(
                "Machine Learning",
                "AI",
            ),
            images=(
                image(
                    "https://ewscripps.brightspotcdn.com/dims4/default/aeccbfd/2147483647/strip/true/crop/3253x1830+13+0/resize/1280x720!/quality/90/?url=https%3A%2F%2Fewscripps.brightspotcdn.com%2F11%2F96%2Febe196d94b7d93668a2f406ee2ff%2Fstudy-shows-artificial-intelligence-deep-learning-models-can-detect-race-in-medical-imaging.png",
                    1280,
                    720,
                ),
            ),
            related=(
                Content(
                    title="How amalgamated learning could scale medical AI",
                    url="https://venturebeat.com/2022/05/24/how-amalgamated-learning-could-scale-medical-ai/",
                    summary="A promising new AI and machine learning technique called amalgamated learning might help overcome these silos to find new cures for diseases, prevent fraud and improve industrial equipment. It may also provide a way to construct digital twins from inconsistent forms of data.",
                    amp_url="https://venturebeat.com/2022/05/24/how-amalgamated-learning-could-scale-medical-ai/amp/",
                    cdn_amp_url="https://venturebeat-com.cdn.ampproject.org/c/s/venturebeat.com/2022/05/24/how-amalgamated-learning-could-scale-medical-ai/amp/",
                    type="article",
                    published_at=datetime(2022, 5, 24, 22, 50, tzinfo=UTC),
                    quality=89.0,
                    provider=Provider(name="VentureBeat", domain="venturebeat.com"),
                    images=(
                        image(
                            "https://venturebeat.com/wp-content/uploads/2022/01/GettyImages-1251551899-e1642523643912.jpg?fit=800%2C450&strip=all",
                            800,
                            400,
                        ),
                    ),
                ),
                Content(
                    title="Nuance Named Leader in Opus Research 2022 Enterprise-Scale Conversational AI Ranking",
                    url="https://www.wfmz.com/news/pr_newswire/pr_newswire_technology/nuance-named-leader-in-opus-research-2022-enterprise-scale-conversational-ai-ranking/article_9806e647-7a9d-5d14-af32-fb26e855608f.html",
                    summary="Nuance ® Communications, Inc. today announced it was recognized as a Leader in Opus Research's 2022 Decision Makers' Guide to Enterprise Intelligent Assistants report. The report cites Nuance's holistic approach as well as its growing ecosystem of partners and industry collaborators,",
                    type="article",
                    published_at=datetime(2022, 5, 26, 13, 0, tzinfo=UTC),
                    quality=10.0,
                    provider=Provider(name="WFMZ-TV", domain="wfmz.com"),
                ),
            ),
        ),
        (
            "https://www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging",
            "https://www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging?_amp=true",
            "https://www-wxyz-com.cdn.ampproject.org/c/s/www.wxyz.com/news/national/study-shows-ai-deep-learning-models-can-detect-race-in-medical-imaging?_amp=true",
        ),
    ),
    4: (
        Content(
            title="AI Can Now Detect Your Race Using X-Rays, Experts Don’t Know How Yet",
            url="https://wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/",
            summary="Advertisement Millions are being spent on developing AI software that could translate various medical scans in the expectation that it will one day identify things doctors tend to miss out on. According to a new report,",
            original_url="https://wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/",
            amp_url="https://wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/amp/",
            cdn_amp_url="https://wonderfulengineering-com.cdn.ampproject.org/c/s/wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/amp/",
            category="news",
            type="article",
            published_at=datetime(2021, 8, 24, 9, 44, tzinfo=UTC),
            quality=59.0,
            heat=-1.0,
            is_published=False,
            provider=Provider(name="Wonderful Engineering", domain="wonderfulengineering.com"),
            topics=(
                "AI Ethics",
                "AI",
            ),
            images=(
                image(
                    "https://wonderfulengineering.com/wp-content/uploads/2021/08/Biz_xray_GettyImages-155601937.jpg",
                    2400,
                    1800,
                ),
            ),
            related=(
                Content(
                    title="AI can now identify footprints — but forensic experts won’t get fired just yet",
                    url="https://thenextweb.com/news/ai-identify-footprints-but-forensic-experts-wont-get-fired-syndication",
                    summary="We found AI was better at assessing footprints than general forensic scientists, but not better than specific footprint experts.",
                    type="article",
                    published_at=datetime(2021, 8, 21, 9, 0, tzinfo=UTC),
                    quality=63.0,
                    provider=Provider(name="The Next Web", domain="thenextweb.com"),
                    images=(
                        image(
                            "https://img-cdn.tnwcdn.com/image/neural?filter_last=1&fit=1280%2C640&url=https%3A%2F%2Fcdn0.tnwcdn.com%2Fwp-content%2Fblogs.dir%2F1%2Ffiles%2F2021%2F08%2Ffootrpints.png&signature=479b4a5a4ecd55f12624e99786d977e3",
                            1280,
                            640,
                        ),
                    ),
                ),
                Content(
                    title="We trained AI to recognise footprints, but it won't replace forensic experts yet",
                    url="https://www.econotimes.com/We-trained-AI-to-recognise-footprints-but-it-wont-replace-forensic-experts-yet-1615336",
                    summary="We rely on experts all the time. If you need financial advice, you ask an expert. If you are sick, you visit a doctor, and as a juror you may listen to an expert witness. In the future, however, artificial",
                    type="article",
                    published_at=datetime(2021, 8, 22, 1, 44, tzinfo=UTC),
                    quality=32.0,
                    provider=Provider(name="EconoTimes", domain="econotimes.com"),
                    images=(
                        image(
                            "https://s1.econotimes.com/assets/uploads/2021081915a5314abd1e76070_th_1024x0.jpg",
                            496,
                            277,
                        ),
                    ),
                ),
            ),
        ),
        (
            "https://wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/",
            "https://wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/amp/",
            "https://wonderfulengineering-com.cdn.ampproject.org/c/s/wonderfulengineering.com/ai-can-now-detect-your-race-using-x-rays-experts-dont-know-how-yet/amp/",
        ),
    ),
}
