"""What the first of the real seeds looks like in each format, to the byte."""
# ruff: noqa: E501  # a document's lines are as long as they are

ATOM_OF_ONE = """\
<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
  <id>urn:uuid:29bdc2cb-82c9-5497-ae37-86df25c4ae17</id>
  <title>All articles</title>
  <updated>2024-05-06T07:08:09Z</updated>
  <author>
    <name>All articles</name>
  </author>
  <link href="http://127.0.0.1:8765/feeds/all.atom" rel="self" type="application/atom+xml"/>
  <link href="http://127.0.0.1:8765/" rel="alternate" type="text/html"/>
  <generator>Seedwatch</generator>
  <entry>
    <id>urn:uuid:035c4ea0-d73b-5bde-bd6f-c806b04f2ec3</id>
    <title>Artificial intelligence can determine racial identity from medical images</title>
    <updated>2024-05-06T07:08:09Z</updated>
    <author>
      <name>Interesting Engineering</name>
      <uri>https://interestingengineering.com/</uri>
    </author>
    <content type="html">&lt;p&gt;&lt;img src="https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg" alt="Artificial intelligence can determine racial identity from medical images" width="1200" height="675"&gt;&lt;/p&gt;&lt;p&gt;A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.&lt;/p&gt;</content>
    <link href="https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images" rel="alternate"/>
    <link href="https://medicalxpress.com/news/2022-10-artificial-intelligence-medical-images.html" rel="related" title="Study finds that artificial intelligence can determine race from medical images"/>
    <link href="https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg" rel="enclosure" type="image/jpeg" length="0"/>
    <summary type="text">A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.</summary>
    <category term="AI in Healthcare" scheme="urn:seedwatch:topic" label="AI in Healthcare"/>
    <category term="AI" scheme="urn:seedwatch:topic" label="AI"/>
    <category term="news" scheme="urn:seedwatch:category" label="news"/>
    <published>2022-10-20T20:36:00Z</published>
    <media:thumbnail url="https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg" height="675" width="1200"/>
  </entry>
</feed>
"""

RSS_OF_ONE = """\
<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
  <channel>
    <title>All articles</title>
    <link>http://127.0.0.1:8765/</link>
    <description>All articles</description>
    <atom:link href="http://127.0.0.1:8765/feeds/all.rss" rel="self" type="application/rss+xml"/>
    <docs>http://www.rssboard.org/rss-specification</docs>
    <generator>Seedwatch</generator>
    <lastBuildDate>Mon, 06 May 2024 07:08:09 +0000</lastBuildDate>
    <item>
      <title>Artificial intelligence can determine racial identity from medical images</title>
      <link>https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images</link>
      <description>A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.</description>
      <content:encoded>&lt;p&gt;&lt;img src="https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg" alt="Artificial intelligence can determine racial identity from medical images" width="1200" height="675"&gt;&lt;/p&gt;&lt;p&gt;A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.&lt;/p&gt;</content:encoded>
      <guid isPermaLink="false">urn:uuid:035c4ea0-d73b-5bde-bd6f-c806b04f2ec3</guid>
      <category domain="urn:seedwatch:topic">AI in Healthcare</category>
      <category domain="urn:seedwatch:topic">AI</category>
      <category domain="urn:seedwatch:category">news</category>
      <enclosure url="https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg" length="0" type="image/jpeg"/>
      <media:thumbnail url="https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg" height="675" width="1200"/>
      <pubDate>Thu, 20 Oct 2022 20:36:00 +0000</pubDate>
      <atom:updated>2024-05-06T07:08:09Z</atom:updated>
      <dc:creator>Interesting Engineering</dc:creator>
    </item>
  </channel>
</rss>
"""

JSON_OF_ONE = r"""{"version":"https://jsonfeed.org/version/1.1","title":"All articles","home_page_url":"http://127.0.0.1:8765/","feed_url":"http://127.0.0.1:8765/feeds/all.json","authors":[{"name":"All articles"}],"items":[
{"id":"urn:uuid:035c4ea0-d73b-5bde-bd6f-c806b04f2ec3","url":"https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images","title":"Artificial intelligence can determine racial identity from medical images","content_html":"<p><img src=\"https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg\" alt=\"Artificial intelligence can determine racial identity from medical images\" width=\"1200\" height=\"675\"></p><p>A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.</p>","summary":"A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.","image":"https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg","date_published":"2022-10-20T20:36:00Z","date_modified":"2024-05-06T07:08:09Z","authors":[{"name":"Interesting Engineering","url":"https://interestingengineering.com/"}],"tags":["AI in Healthcare","AI","news"],"_seedwatch":{"id":"urn:uuid:035c4ea0-d73b-5bde-bd6f-c806b04f2ec3","title":"Artificial intelligence can determine racial identity from medical images","summary":"A study shows that artificial intelligence (AI) has the capability to accurately predict someoneâ€™s race in radiographic images.","url":"https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images","original_url":"https://interestingengineering.com/health/artificial-intelligence-can-determine-racial-identity-from-medical-images","category":"news","type":"article","published_at":"2022-10-20T20:36:00Z","updated_at":"2024-05-06T07:08:09Z","first_seen_at":"2024-05-06T07:08:09Z","provider":{"name":"Interesting Engineering","domain":"interestingengineering.com"},"topics":["AI in Healthcare","AI"],"images":[{"url":"https://images.interestingengineering.com/1200x675/2022/10/20/image/jpeg/Aqoq0sQESgkiaNuhyGkjLS9odjWGqo3wR47gjmfl.jpg","width":1200,"height":675}],"related":[{"title":"Study finds that artificial intelligence can determine race from medical images","url":"https://medicalxpress.com/news/2022-10-artificial-intelligence-medical-images.html","summary":"Artificial intelligence (AI) is used in a wide variety of health care settings, from analyzing medical images to assisting with surgical procedures. While AI can sometimes outperform trained clinicians,","published_at":"2022-10-19T21:10:00Z","provider":{"name":"Medical Xpress","domain":"medicalxpress.com"}}],"quality":38}}
]}
"""
