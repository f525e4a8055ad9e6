"""Chat services: messages to Feishu, DingTalk, WeCom and Slack."""
