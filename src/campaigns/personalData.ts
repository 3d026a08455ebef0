import type { DataDeclaration } from '../platform/personalData.js';

const IS_OVER = `EXISTS (SELECT FROM campaign c WHERE c.id = t.campaign_id AND c.state = 'ENDED')`;

/** What this feature knows about people. */
export const CAMPAIGN_DATA: DataDeclaration = {
  personal: [
    {
      table: 'campaign',
      section: 'campaigns',
      description: 'Campaigns for people among whom you are named, and those that you set up.',
      columns: { content: 'JSON', created_by: 'ACTOR' },
      impersonal: ['id', 'state'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
    {
      table: 'campaign_step',
      section: 'campaignMessages',
      description: 'What a campaign brought you, when, and what became of it.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['campaign_id', 'course_id', 'suggestion_id', 'channel', 'withdrawn_because'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'DECISIONS', withTable: 'campaign_member' },
    },
    {
      table: 'campaign_member',
      section: 'campaignMemberships',
      description: 'Campaigns that you were in or held out of, and since when.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['campaign_id', 'department'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'DECISIONS', at: 'enrolled_at', only: IS_OVER },
    },
  ],
  impersonal: [],
};
